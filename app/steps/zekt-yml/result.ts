import type { FileProblem } from "../../domain/zekt-yml/read-zekt-file.ts";

/** The result of applying a file: changes, notes about pending parts, and problems. */
export interface Applied {
  changes: string[];
  notes: string[];
  problems: FileProblem[];
}

/** Carries out one part of the file and collects its changes; false where it was refused, which is a problem at the path. */
export type Attempt = (path: readonly PropertyKey[], step: () => Promise<string[]>) => Promise<boolean>;
