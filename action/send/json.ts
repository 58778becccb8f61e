import { StepError } from "../shared/step-error.ts";

/**
 * Checks that a text is JSON.
 *
 * @throws StepError that names `source` and the place, but nothing of the text: it ends up in a log
 */
export function checkJson(text: string, source: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    const position = positionOf(error as SyntaxError, text);
    const before = text.slice(0, position).split("\n");
    const place = `line ${before.length}, column ${(before.at(-1) ?? "").length + 1} (position ${position})`;
    const what = position === text.length ? "it ends too early, at" : "there is a mistake at";
    throw new StepError(`${source} is not JSON: ${what} ${place}.`);
  }
}

/** Where a text stops being JSON, counted from 0; its length where it only ends too early. */
function positionOf({ message }: SyntaxError, text: string): number {
  const told = /at position (\d+)/.exec(message)?.[1];
  if (told !== undefined) return Number(told);
  if (!isUnexpectedToken(message)) return text.length;
  // Of an unexpected token the engine tells no position; it is the end of the shortest text that has it.
  let without = 0;
  let withIt = text.length;
  while (withIt - without > 1) {
    const middle = (without + withIt) >> 1;
    if (hasUnexpectedToken(text.slice(0, middle))) withIt = middle;
    else without = middle;
  }
  return without;
}

const isUnexpectedToken = (message: string): boolean => message.startsWith("Unexpected token");

function hasUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return isUnexpectedToken((error as SyntaxError).message);
  }
}
