import type { Masks } from "./masks.ts";

const ESCAPES: Record<string, string> = { "%0D": "\r", "%0A": "\n", "%25": "%" };

const unescapeData = (data: string): string =>
  data.replace(/%0D|%0A|%25/gi, (code) => ESCAPES[code.toUpperCase()] as string);

/**
 * Collects the output of a step. It obeys the workflow commands `add-mask` and `stop-commands`; the others
 * stay in the log.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export class StepLog {
  readonly #lines: string[] = [];
  readonly #masks: Masks;
  readonly #onLine: (line: string) => void;
  #resumeToken: string | null = null;

  constructor(masks: Masks, onLine: (line: string) => void) {
    this.#masks = masks;
    this.#onLine = onLine;
  }

  /** Reads one line from a process. */
  write(line: string): void {
    const [, command = "", data = ""] = /^\s*::([^\s:]+)[^:]*::(.*)$/s.exec(line) ?? [];
    if (this.#resumeToken !== null) {
      if (command === this.#resumeToken) this.#resumeToken = null;
    } else if (command === "stop-commands") {
      this.#resumeToken = data;
    } else if (command === "add-mask") {
      this.#masks.add(unescapeData(data));
      return;
    }
    const hidden = this.#masks.hide(line);
    this.#lines.push(hidden);
    this.#onLine(hidden);
  }

  /** Writes what went wrong, marked as a runner marks it. */
  error(message: string): void {
    for (const line of message.split("\n")) this.write(`##[error]${line}`);
  }

  /** Writes what the runner would have the reader look at. */
  warning(message: string): void {
    this.write(`##[warning]${message}`);
  }

  get text(): string {
    return this.#lines.join("\n");
  }
}
