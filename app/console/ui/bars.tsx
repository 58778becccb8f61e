import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

/** The colours of good and bad results. */
const MEANT: Readonly<Record<string, string>> = {
  Succeeded: "#2da44e",
  Failed: "#cf222e",
  "In flight": "#8c959f",
};
const COLOURS = ["#0969da", "#8250df", "#8c959f"];

interface BarsProps {
  label: string;
  rows: readonly { period: string; values: Readonly<Record<string, number>> }[];
}

/** Stacked bars over time, with the same figures as a table for those who do not see them. */
export default function Bars({ label, rows }: BarsProps) {
  const names = Object.keys(rows[0]?.values ?? {});
  return (
    <figure style={{ margin: 0 }} aria-label={label}>
      <div className="chart" aria-hidden="true">
        <ResponsiveContainer>
          <BarChart
            accessibilityLayer={false}
            data={rows.map(({ period, values }) => ({ period: period.slice(5), ...values }))}
          >
            <CartesianGrid strokeDasharray="3 3" stroke="var(--borderColor-muted)" />
            <XAxis dataKey="period" stroke="var(--fgColor-muted)" fontSize={12} />
            <YAxis allowDecimals={false} stroke="var(--fgColor-muted)" fontSize={12} />
            <Tooltip
              contentStyle={{
                background: "var(--bgColor-default)",
                border: "1px solid var(--borderColor-default)",
              }}
            />
            <Legend
              // The colours of bars are too light for words.
              formatter={(name: string) => <span className="legend">{name}</span>}
            />
            {names.map((name, index) => (
              <Bar
                key={name}
                dataKey={name}
                stackId="all"
                fill={MEANT[name] ?? COLOURS[index % COLOURS.length] ?? "#0969da"}
                maxBarSize={64}
                isAnimationActive={false}
              />
            ))}
          </BarChart>
        </ResponsiveContainer>
      </div>
      <details>
        <summary>The same as a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">Period</th>
              {names.map((name) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ period, values }) => (
              <tr key={period}>
                <th scope="row">{period}</th>
                {names.map((name) => (
                  <td key={name}>{values[name]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
