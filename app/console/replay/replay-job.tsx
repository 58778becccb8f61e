import { Button, ProgressBar, Spinner } from "@primer/react";
import type { ReplayJob } from "../api/types.ts";
import { Notice } from "../ui/notice.tsx";

const deliveries = (count: number): string => (count === 1 ? "1 delivery" : `${count} deliveries`);

const resultOf = ({ state, matched, replayed }: ReplayJob): string =>
  `${state === "cancelled" ? "Stopped" : "Done"}: ${replayed} of ${deliveries(matched)} replayed`;

/** Shows the progress of a bulk replay, its result, and why some deliveries could not be replayed. */
export function ReplayProgress({
  of,
  expected,
  onCancel,
}: {
  of: ReplayJob;
  expected: number;
  onCancel(): void;
}) {
  const refused = Object.entries(of.refused);
  const ended = of.matched === 0 ? 0 : Math.round((100 * of.matched) / Math.max(expected, of.matched));
  return (
    <div className="card form">
      {of.state === "running" ? (
        <>
          <div role="status">
            {of.replayed} of {deliveries(Math.max(expected, of.matched))} replayed, {of.examined} looked at
          </div>
          <ProgressBar aria-label="Replayed so far" progress={ended} />
          <div>
            <Button onClick={onCancel}>Stop it</Button>
          </div>
          <div className="muted">
            It goes on, 60 a minute at most, when this is closed: each new delivery appears in the list.
          </div>
        </>
      ) : (
        <Notice variant={refused.length === 0 ? "success" : "warning"} title={resultOf(of)} />
      )}
      {refused.map(([reason, count]) => (
        <div key={reason}>
          {count}: {reason}
        </div>
      ))}
    </div>
  );
}

/** Shows how many deliveries a filter matches, once they are counted. */
export const Counted = ({ of }: { of: ReplayJob }) =>
  of.state === "running" ? (
    <div className="bar" role="status">
      <Spinner size="small" srText={null} /> {of.matched} of {of.examined} looked at
    </div>
  ) : (
    <div role="status">
      <strong>{deliveries(of.matched)}</strong> would be replayed, of {of.examined} in that time.
      {of.matched === 0 && " What was replayed before, or has not ended, is left out."}
    </div>
  );
