import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Chart, readCharts } from "../../bench/support/charts.ts";
import { chartsText } from "../../bench/support/figures-text.ts";
import { lineChart, THEMES } from "../../bench/support/line-chart.ts";

const chart: Chart = {
  name: "growth",
  title: "Cost <by> size",
  x: "consumers",
  y: "ms",
  isLogarithmic: true,
  lines: [
    {
      name: "A & B",
      points: [
        [1, 2],
        [1000, 20],
      ],
    },
  ],
};

test("a chart has its lines in its frame, ticks for each power of ten, and words for readers who do not see it", () => {
  const svg = lineChart(chart, "light");
  expect(svg).toContain('d="M76 241L740 138"');
  for (const tick of ["1", "10", "100", "1,000"]) expect(svg).toContain(`>${tick}</text>`);
  expect(svg).toContain("A &amp; B: 2 ms at 1 consumers, 20 at 1,000, 20 at most.");
  expect(svg).not.toMatch(/<by>|NaN|Infinity/);
});

test("a chart that counts begins at nothing and ends above its highest point", () => {
  const lines = [
    {
      name: "queued",
      points: [
        [0, 0],
        [300, 73],
      ] as [number, number][],
    },
  ];
  const svg = lineChart({ ...chart, isLogarithmic: false, lines }, "dark");
  expect(svg).toContain(">0</text>");
  expect(svg).toContain(">80</text>");
  expect(svg).toContain('fill="#0d1117"');
});

test("the page shows each chart that was measured, in both themes", () => {
  const page = readFileSync(new URL("../../docs/performance.md", import.meta.url), "utf8");
  const charts = readCharts();
  if (charts.length > 0) expect(page).toContain(chartsText(charts));
  for (const { name } of charts)
    for (const theme of THEMES) {
      const svg = readFileSync(new URL(`../../docs/charts/${name}-${theme}.svg`, import.meta.url), "utf8");
      expect(svg).toContain(`<title id="t">`);
    }
});
