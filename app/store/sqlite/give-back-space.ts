import type { Turns } from "./turns.ts";

/** Pages given back in one step: 1 MB, some milliseconds. */
const STEP = 256;
/** Pages that stay free at least, and the part of the file: what is written next needs them again. */
const LEAST_FREE = 4096;
const FREE_PART = 0.1;

/** Makes a database give space back in steps. It has to be asked before anything is written. */
export const GIVES_BACK = "PRAGMA auto_vacuum = INCREMENTAL";

/**
 * Makes a database that gives nothing back give it back in steps, from now on. It is written anew once for that,
 * which takes seconds and as much disk again. Where the disk has no room for it, the file stays as it is: what
 * is removed makes room in it for what comes.
 * https://www.sqlite.org/pragma.html#pragma_auto_vacuum
 */
export function startGivingBack(turns: Pick<Turns, "exec" | "prepare">): void {
  if (numberOf(turns, "auto_vacuum") === 2) return;
  try {
    turns.exec(`${GIVES_BACK}; VACUUM`);
  } catch {
    // The next start tries again.
  }
}

/**
 * Gives the free pages of a database back to the disk, but for a tenth of the file, or 16 MB. Each step is a
 * turn of its own, so that others are served in between.
 * https://www.sqlite.org/pragma.html#pragma_incremental_vacuum
 */
export async function giveBackSpace(turns: Turns): Promise<void> {
  for (;;) {
    const pages = numberOf(turns, "page_count");
    const spare = numberOf(turns, "freelist_count") - Math.max(LEAST_FREE, Math.ceil(pages * FREE_PART));
    if (spare < STEP || numberOf(turns, "auto_vacuum") !== 2) return;
    // One row a page: all have to be read.
    await turns.write([], () => turns.prepare(`PRAGMA incremental_vacuum(${STEP})`).all());
  }
}

const numberOf = (turns: Pick<Turns, "prepare">, name: string): number => {
  const row = turns.prepare(`PRAGMA ${name}`).get();
  return (row as unknown as [number])[0];
};
