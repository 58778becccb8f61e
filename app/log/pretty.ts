import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

const COLOURS: Record<string, Format> = { debug: "dim", warn: "yellow", error: "red", fatal: "red" };

/** An error as {@link errorFacts} describes it. */
interface ShownError {
  message?: string;
  stack?: string;
  status?: unknown;
  code?: unknown;
  cause?: ShownError;
  errors?: readonly ShownError[];
}

interface Line {
  level?: string;
  time?: string;
  event?: string;
  msg?: string;
  err?: ShownError;
  [fact: string]: unknown;
}

/** Escapes what could steer a terminal; a stack keeps its line breaks. */
const visible = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (one) =>
    one === "\n" ? one : `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`,
  );

/** Returns an error with all that led to it: an error of a library's often says no more than that it failed. */
function errorText({ message = "", stack = message, status, code, cause, errors = [] }: ShownError): string {
  const facts = Object.entries({ status, code })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${String(value)}`);
  return [
    stack,
    ...(facts.length > 0 ? [facts.join("  ")] : []),
    ...errors.map((one) => `One of them: ${errorText(one)}`),
    ...(cause ? [`Caused by: ${errorText(cause)}`] : []),
  ].join("\n");
}

/** Makes a line of JSON one that people read: time, level, key, sentence, facts, and an error's stack below. */
export function prettyLine(text: string, hasColours: boolean): string {
  const { level = "info", time = "", event = "", msg = "", err, ...facts } = JSON.parse(text) as Line;
  const rest = Object.entries(facts)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const colour = COLOURS[level];
  const word = level.toUpperCase().padEnd(5);
  const shown = hasColours && colour ? styleText(colour, word, { validateStream: false }) : word;
  const line = [
    visible(String(time)),
    shown,
    visible(`${event.padEnd(24)} ${[msg, ...rest].join("  ")}`.trimEnd()),
  ];
  const stack = err ? `\n${visible(errorText(err)).replaceAll(/^/gm, "    ")}` : "";
  return `${line.join(" ")}${stack}\n`;
}

/** A destination of the log for people; `write` is where its lines go. */
export const prettyDestination = (
  write: (text: string) => void,
  hasColours: boolean,
): { write(text: string): void } => ({
  write(text) {
    for (const line of text.split("\n").filter(Boolean)) write(prettyLine(line, hasColours));
  },
});
