import { CommandError, EXIT, usageError } from "./exit.ts";
import type { Io } from "./io.ts";

/**
 * Checks that there is somebody to ask, before anything else is done.
 *
 * @throws CommandError where there is not
 */
export function requireTerminal(io: Io): void {
  if (!io.canAsk) throw usageError("There is no terminal to ask at; confirm it by --yes.");
}

/**
 * Asks before something is done that cannot be undone, unless the user said yes beforehand.
 *
 * @throws CommandError where there is nobody to ask, or the answer is not yes; `otherwise` says what was not done
 */
export async function confirm(io: Io, yes: boolean, what: string, otherwise: string): Promise<void> {
  if (yes) return;
  requireTerminal(io);
  const answer = await io.ask(`${what} Continue? [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError(EXIT.refused, otherwise);
}
