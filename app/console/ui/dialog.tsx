import { Dialog as PrimerDialog } from "@primer/react";

/** A dialog, loaded once one is opened. */
export default PrimerDialog;
