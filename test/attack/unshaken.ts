import { expect } from "vitest";

/** Milliseconds within which a hostile request has its answer, on a machine that does other things too. */
const PATIENCE = 5000;

/** The text that no answer may hold: frames of a stack, paths of this machine, names of internal parts. */
const INNARDS = /\n\s+at |\.ts:\d+|node_modules|file:\/\/|ValidationException|TypeError|SyntaxError|ZodError/;

export interface Seen {
  status: number;
  text: string;
  type: string | null;
  ms: number;
}

/** Asks, and measures how long the answer took. */
export async function ask(url: string, init: RequestInit): Promise<Seen> {
  const startedAt = performance.now();
  const response = await fetch(url, init);
  const text = await response.text();
  const ms = performance.now() - startedAt;
  return { status: response.status, text, type: response.headers.get("content-type"), ms };
}

/** Expects an answer to be a refusal or a success with reason, and to reveal nothing internal. */
export function expectUnshaken({ status, text, type, ms }: Seen, asked: string): void {
  const what = asked.slice(0, 600);
  expect(status, `${what}: ${text.slice(0, 400)}`).toBeLessThan(500);
  expect(text, what).not.toMatch(INNARDS);
  expect(ms, what).toBeLessThan(PATIENCE);
  if (status >= 400 && text !== "") expect(type, what).toBe("application/problem+json");
}
