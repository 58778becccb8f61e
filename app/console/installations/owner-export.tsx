import { Button, ProgressBar } from "@primer/react";
import { useChange, useGet } from "../api/queries.ts";
import type { OwnerExport } from "../api/types.ts";
import { Problem } from "../ui/loaded.tsx";
import { absolute } from "../ui/times.ts";

/** Milliseconds between looks at an export that runs. */
const LOOK = 2_000;

/** Exports to a file everything stored of an owner, shows how far it is, and links to it. */
export function OwnerExportCard({ ownerId }: { ownerId: string }) {
  const path = `/owners/${ownerId}/exports`;
  const latest = useGet<{ items: OwnerExport[] }>(path, {
    every: (data) => (data?.items[0]?.state === "running" ? LOOK : undefined),
    isAnnounced: false,
  });
  const start = useChange<OwnerExport>();
  const one = latest.data?.items[0];
  const isRunning = one?.state === "running";
  const error = start.error ?? latest.error;
  return (
    <div className="card form">
      <strong>Export</strong>
      <div className="muted">A file with everything that is stored of this owner, as JSON.</div>
      {one && <Progress of={one} />}
      {error && <Problem error={error} />}
      <div className="bar">
        <Button
          disabled={isRunning || start.isPending || latest.isPending}
          onClick={() => start.mutate({ method: "POST", path })}
        >
          {one && !isRunning ? "Export again" : "Export"}
        </Button>
      </div>
    </div>
  );
}

function Progress({ of }: { of: OwnerExport }) {
  const { done, total } = of.repositories;
  if (of.state === "failed") return <div role="status">The export failed. Start another.</div>;
  if (of.state === "done")
    return (
      <div role="status">
        <a href={of.file ?? ""}>Download the file</a>
        {of.endsAt && <span className="muted"> It is kept until {absolute(of.endsAt).slice(0, 16)}.</span>}
      </div>
    );
  return (
    <>
      <div role="status">
        {done} of {total} repositories begun, {of.events} runs so far
      </div>
      <ProgressBar
        aria-label="Exported so far"
        progress={total === 0 ? 0 : Math.round((100 * done) / total)}
      />
    </>
  );
}
