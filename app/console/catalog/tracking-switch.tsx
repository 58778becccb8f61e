import { ToggleSwitch } from "@primer/react";
import { useState } from "react";
import { useChange } from "../api/queries.ts";
import type { Repository } from "../api/types.ts";
import { Problem } from "../ui/loaded.tsx";
import { Modal } from "../ui/modal.tsx";

/** Completion tracking of a consumer's repository, with what it does and takes said before it is turned on. */
export function TrackingSwitch({ of }: { of: Repository }) {
  const [asking, setAsking] = useState(false);
  const change = useChange<Repository>(() => setAsking(false));
  const set = (tracking: boolean): void =>
    change.mutate({ method: "PATCH", path: `/repositories/${of.repositoryId}`, body: { tracking } });
  const id = `tracking-${of.repositoryId}`;
  return (
    <>
      <span id={id} hidden>
        Completion tracking of {of.fullName}
      </span>
      <ToggleSwitch
        size="small"
        aria-labelledby={id}
        checked={of.tracking}
        loading={change.isPending}
        disabled={of.right !== "change" || of.managedBy !== null || !of.reachable}
        onClick={() => (of.tracking ? set(false) : setAsking(true))}
      />
      {asking && (
        <Modal
          title="Turn on completion tracking?"
          onClose={() => setAsking(false)}
          footerButtons={[
            { content: "Cancel", onClick: () => setAsking(false) },
            { content: "Enable tracking", buttonType: "primary", onClick: () => set(true) },
          ]}
        >
          <div className="form">
            <p>
              Zekt places a webhook (<code>workflow_run</code>) in {of.fullName} and follows the runs that its
              dispatches start: they confirm and complete deliveries by themselves.
            </p>
            <p>
              Reading workflow files and looking for overdue runs counts against the API quota of your
              installation, and durable work appears in your usage.
            </p>
            {change.error && <Problem error={change.error} />}
          </div>
        </Modal>
      )}
    </>
  );
}
