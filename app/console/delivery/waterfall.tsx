import type { Delivery } from "../api/types.ts";
import { exact, exactDuration } from "../ui/times.ts";
import { type Bar, waterfallOf } from "./waterfall-of.ts";

/** The bars of a delivery over time, each with its beginning and length to the millisecond. */
export function Waterfall({ of }: { of: Delivery }) {
  const bars = waterfallOf(of);
  const from = Date.parse(of.createdAt);
  const now = Date.now();
  const to = Math.max(from + 1, ...bars.map((bar) => bar.to ?? (of.isFinalized ? bar.from : now)));
  const share = (ms: number): string => `${(100 * ms) / (to - from)}%`;
  return (
    <table className="waterfall" aria-label="Timeline">
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col">Began</th>
          <th scope="col">Took</th>
          <th scope="col" className="track">
            Over time
          </th>
        </tr>
      </thead>
      <tbody>
        {bars.map((bar) => (
          <tr key={`${bar.name} ${bar.from}`}>
            <th scope="row">{bar.name}</th>
            <td className="mono">{exact(new Date(bar.from).toISOString())}</td>
            <td className="mono">{took(bar)}</td>
            <td className="track" aria-hidden="true">
              <span
                className={`span ${bar.kind}`}
                style={{
                  marginInlineStart: share(bar.from - from),
                  width: share((bar.to ?? to) - bar.from),
                }}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const took = ({ from, to }: Bar): string => (to === null ? "goes on" : exactDuration(to - from));
