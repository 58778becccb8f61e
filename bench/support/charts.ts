import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { round } from "./stats.ts";

/** A picture of what was measured: lines over one measure. */
export interface Chart {
  /** The name of its files. */
  name: string;
  title: string;
  /** The units of its axes. */
  x: string;
  y: string;
  /** True where each step of the axes is ten times the one before. */
  isLogarithmic?: boolean;
  lines: { name: string; points: [x: number, y: number][] }[];
}

const PATH = fileURLToPath(new URL("../charts.json", import.meta.url));

/** Reads the charts that were measured last; none where none were. */
export const readCharts = (): Chart[] =>
  existsSync(PATH) ? (JSON.parse(readFileSync(PATH, "utf8")) as Chart[]) : [];

/** Stores charts beside those measured before, by name; a line has no more points than a picture shows. */
export function keepCharts(charts: readonly Chart[]): void {
  const others = readCharts().filter(({ name }) => !charts.some((one) => one.name === name));
  const all = [...others, ...charts.map(thinned)].sort((a, b) => a.name.localeCompare(b.name));
  writeFileSync(PATH, `[\n${all.map((chart) => JSON.stringify(chart)).join(",\n")}\n]\n`);
}

const MOST_POINTS = 150;

/** Leaves the highest of so many points in a row, so that no peak is lost. */
function thinned(chart: Chart): Chart {
  const lines = chart.lines.map(({ name, points }) => {
    const size = Math.ceil(points.length / MOST_POINTS);
    const groups = Array.from({ length: Math.ceil(points.length / size) }, (_, n) =>
      points.slice(n * size, (n + 1) * size),
    );
    const highest = groups.map((group) => group.reduce((most, one) => (one[1] > most[1] ? one : most)));
    return { name, points: highest.map(([x, y]): [number, number] => [round(x), round(y)]) };
  });
  return { ...chart, lines };
}
