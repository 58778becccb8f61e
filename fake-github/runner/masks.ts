/**
 * The values that logs and summaries show as `***`: secrets, and what steps ask to hide. Of a value of
 * several lines each line is hidden, since a log is written by lines.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#masking-a-value-in-a-log
 */
export class Masks {
  #values: string[] = [];

  constructor(values: readonly string[]) {
    for (const value of values) this.add(value);
  }

  add(value: string): void {
    const lines = value.split(/\r?\n/).filter((line) => line.trim() !== "");
    // The longest first: a short mask inside a long one would leave the rest of the long one to be read.
    this.#values = [...new Set([...this.#values, ...lines])].sort((a, b) => b.length - a.length);
  }

  hide(text: string): string {
    return this.#values.reduce((hidden, value) => hidden.replaceAll(value, "***"), text);
  }
}
