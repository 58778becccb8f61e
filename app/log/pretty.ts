import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

const COLOURS: Record<string, Format> = { debug: "dim", warn: "yellow", error: "red", fatal: "red" };

interface Line {
  level?: string;
  time?: string;
  event?: string;
  msg?: string;
  err?: { message?: string; stack?: string };
  [fact: string]: unknown;
}

/** Escapes what could steer a terminal; a stack keeps its line breaks. */
const visible = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (one) =>
    one === "\n" ? one : `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`,
  );

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
  const stack = err ? `\n${visible(err.stack ?? err.message ?? "").replaceAll(/^/gm, "    ")}` : "";
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
