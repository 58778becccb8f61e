import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { round } from "./stats.ts";

/** One published figure. */
export interface Figure {
  value: number;
  unit: string;
  /** The value of the baseline, measured in turn with it in the same run; null where it stands alone. */
  baseline: number | null;
  /** The name of the baseline. */
  against: string | null;
  ratio: number | null;
  /** The target of the ratio, or of the value where there is no baseline. Never retuned. */
  target: string | null;
  /** True when the target is met; null where there is none. */
  ok: boolean | null;
  measuredAt: string;
  machine: string;
}

export type Figures = Record<string, Figure>;

export interface Measured {
  value: number;
  unit: string;
  baseline?: number;
  against?: string;
  /** At most, or at least, of the ratio where there is a baseline, else of the value. */
  atMost?: number;
  atLeast?: number;
}

const PATH = fileURLToPath(new URL("../results.json", import.meta.url));

const machine = (): string => {
  const [load = 0] = os.loadavg();
  return `${os.cpus().length} × ${os.cpus()[0]?.model.trim()}, Node ${process.versions.node}, load ${load.toFixed(1)}`;
};

/** Makes a figure of what was measured. */
export function figure({ value, unit, baseline, against, atMost, atLeast }: Measured): Figure {
  const ratio = baseline === undefined ? null : value / baseline;
  const judged = ratio ?? value;
  const of = ratio === null ? unit : "× the baseline";
  const target =
    atMost !== undefined
      ? `at most ${round(atMost)} ${of}`
      : atLeast !== undefined
        ? `at least ${round(atLeast)} ${of}`
        : null;
  const ok = atMost !== undefined ? judged <= atMost : atLeast !== undefined ? judged >= atLeast : null;
  return {
    value: round(value),
    unit,
    baseline: baseline === undefined ? null : round(baseline),
    against: against ?? null,
    ratio: ratio === null ? null : round(ratio),
    target,
    ok,
    measuredAt: new Date().toISOString(),
    machine: machine(),
  };
}

/** Groups whose names follow from what was measured: a new measurement replaces all of it. */
const REPLACED = ["write units"];
const groupOf = (name: string): string => name.split(": ", 1)[0] as string;

/** Reads the figures that were measured last; none where none were. */
export const readFigures = (): Figures =>
  existsSync(PATH) ? (JSON.parse(readFileSync(PATH, "utf8")) as Figures) : {};

/** Stores figures beside those measured before, by name. */
export function keep(figures: Figures): void {
  const stored = readFigures();
  const replaced = REPLACED.filter((group) => Object.keys(figures).some((name) => groupOf(name) === group));
  const before = Object.fromEntries(
    Object.entries(stored).filter(([name]) => !replaced.includes(groupOf(name))),
  );
  const all = Object.entries({ ...before, ...figures }).sort(([a], [b]) =>
    a.localeCompare(b, "en", { numeric: true }),
  );
  writeFileSync(PATH, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
}

/** Figures as a table for people. */
export function tableOf(figures: Figures): string {
  const rows = Object.entries(figures).map(
    ([name, { value, unit, baseline, against, ratio, target, ok }]) => [
      name,
      `${value} ${unit}`,
      baseline === null ? "" : `${baseline} (${against})`,
      ratio === null ? "" : String(ratio),
      target ?? "",
      ok === null ? "" : ok ? "met" : "MISSED",
    ],
  );
  const all = [["figure", "value", "baseline", "ratio", "target", ""], ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
