import type { Chart } from "./charts.ts";

/** The colours of GitHub's own pages, so that a picture belongs to the page it is on. */
const COLOURS = {
  light: {
    back: "#ffffff",
    text: "#1f2328",
    muted: "#59636e",
    grid: "#d1d9e0",
    lines: ["#0969da", "#9a6700", "#8250df", "#bc4c00"],
  },
  dark: {
    back: "#0d1117",
    text: "#f0f6fc",
    muted: "#9198a1",
    grid: "#3d444d",
    lines: ["#4493f8", "#d29922", "#ab7df8", "#db6d28"],
  },
} as const;
export const THEMES = ["light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** Lines are told apart by their dashes too. */
const DASHES = ["", "6 3", "2 3", "8 3 2 3"];

const [WIDTH, HEIGHT] = [760, 320];
const PLOT = { left: 76, right: 20, top: 66, bottom: 48 };

/** Draws a chart as SVG: axes, a grid, a legend, a line each, and words for readers who do not see it. */
export function lineChart(chart: Chart, theme: Theme): string {
  const { back, text, muted, grid, lines: colours } = COLOURS[theme];
  const points = chart.lines.flatMap((line) => line.points);
  const scale = chart.isLogarithmic ? logarithmic : linear;
  const x = scale(points.map(([value]) => value));
  const y = scale(points.map(([, value]) => value));
  const left = (value: number): number =>
    Math.round((PLOT.left + x.at(value) * (WIDTH - PLOT.left - PLOT.right)) * 10) / 10;
  const top = (value: number): number =>
    Math.round((HEIGHT - PLOT.bottom - y.at(value) * (HEIGHT - PLOT.top - PLOT.bottom)) * 10) / 10;
  const bottom = HEIGHT - PLOT.bottom;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="t d" font-family="-apple-system,Segoe UI,Helvetica,Arial,sans-serif" font-size="12">`,
    `<title id="t">${escaped(chart.title)}</title>`,
    `<desc id="d">${escaped(description(chart))}</desc>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="${back}"/>`,
    `<text x="${PLOT.left}" y="24" font-size="15" font-weight="600" fill="${text}">${escaped(chart.title)}</text>`,
    ...y.ticks.flatMap((tick) => [
      `<path d="M${PLOT.left} ${top(tick)}H${WIDTH - PLOT.right}" stroke="${grid}"/>`,
      `<text x="${PLOT.left - 8}" y="${top(tick) + 4}" text-anchor="end" fill="${muted}">${shown(tick)}</text>`,
    ]),
    ...x.ticks.map(
      (tick) =>
        `<text x="${left(tick)}" y="${bottom + 18}" text-anchor="middle" fill="${muted}">${shown(tick)}</text>`,
    ),
    `<text x="${(PLOT.left + WIDTH - PLOT.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle" fill="${muted}">${escaped(chart.x)}</text>`,
    `<text transform="translate(16 ${(PLOT.top + bottom) / 2}) rotate(-90)" text-anchor="middle" fill="${muted}">${escaped(chart.y)}</text>`,
    ...chart.lines.flatMap(({ name, points: own }, n) => {
      const colour = colours[n % colours.length];
      const drawn = `stroke="${colour}" stroke-width="2" stroke-dasharray="${DASHES[n % DASHES.length]}" fill="none"`;
      const at = PLOT.left + n * 150;
      return [
        `<path d="M${own.map(([a, b]) => `${left(a)} ${top(b)}`).join("L")}" ${drawn}/>`,
        `<path d="M${at} 44h24" ${drawn}/>`,
        `<text x="${at + 30}" y="48" fill="${text}">${escaped(name)}</text>`,
      ];
    }),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

interface Scale {
  /** Where a value lies, from 0 to 1. */
  at(value: number): number;
  ticks: number[];
}

function linear(values: readonly number[]): Scale {
  const most = Math.max(...values, 1e-9);
  const step = stepOf(most);
  const end = Math.ceil(most / step) * step;
  return {
    at: (value) => value / end,
    ticks: Array.from({ length: Math.round(end / step) + 1 }, (_, n) => n * step),
  };
}

/** The step of an axis that ends at `most`: 1, 2 or 5 times a power of ten, at most six of them. */
function stepOf(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return ([0.2, 0.5, 1, 2].find((times) => most / (times * power) <= 6) ?? 5) * power;
}

function logarithmic(values: readonly number[]): Scale {
  const above = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...above)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...above))));
  return {
    at: (value) => (Math.log10(value) - low) / (high - low),
    ticks: Array.from({ length: high - low + 1 }, (_, n) => 10 ** (low + n)),
  };
}

const shown = (value: number): string => Number(value.toPrecision(6)).toLocaleString("en");

const description = ({ x, y, lines }: Chart): string =>
  lines
    .map(({ name, points }) => {
      const [first = [0, 0], last = [0, 0]] = [points[0], points.at(-1)] as Chart["lines"][number]["points"];
      const most = Math.max(...points.map(([, value]) => value));
      return `${name}: ${shown(first[1])} ${y} at ${shown(first[0])} ${x}, ${shown(last[1])} at ${shown(last[0])}, ${shown(most)} at most.`;
    })
    .join(" ");

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
