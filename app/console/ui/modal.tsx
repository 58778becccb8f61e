import type { DialogProps } from "@primer/react";
import { lazy, type PropsWithChildren, Suspense, useEffect, useState } from "react";
import { Boundary } from "./boundary.tsx";

const Dialog = lazy(() => import("./dialog.tsx"));

/** A dialog from which the keyboard comes back to where it was, or to the page where that is gone. */
export function Modal(props: PropsWithChildren<DialogProps>) {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // Once the dialog itself has let go of the keyboard.
      requestAnimationFrame(() => {
        const other = document.querySelector("[role=dialog], [role=alertdialog]");
        if (other && !other.contains(opener)) return;
        const to = opener?.isConnected ? opener : document.getElementById("content");
        if (to instanceof HTMLElement) to.focus({ preventScroll: true });
      });
    },
    [opener],
  );
  return (
    <Boundary page="">
      <Suspense>
        <Dialog {...props} />
      </Suspense>
    </Boundary>
  );
}
