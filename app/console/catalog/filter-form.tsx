import { Button } from "@primer/react";
import { useState } from "react";
import { faultAt } from "../api/call.ts";
import { useChange } from "../api/queries.ts";
import type { FilterTrial, Subscription } from "../api/types.ts";
import { Field } from "../ui/field.tsx";
import { Problem } from "../ui/loaded.tsx";
import { Notice } from "../ui/notice.tsx";

interface Props {
  of: Subscription;
  disabled: boolean;
  /** The error of the last change, which may be about the filter. */
  wrong: Error | null;
  onSave(filter: string | null): void;
}

/** A subscription's filter, which can be tried on the last events before it is saved. */
export function FilterForm({ of, disabled, wrong, onSave }: Props) {
  const [filter, setFilter] = useState(of.filter ?? "");
  const attempt = useChange<FilterTrial>();
  const fault = faultAt(attempt.error, "/filter") ?? faultAt(wrong, "/filter");
  return (
    <div className="card form">
      <Field
        label="Filter"
        caption="A CEL expression over message, run and eventType. Empty: every event is delivered. An event for which it fails is not."
        value={filter}
        error={fault}
        onChange={setFilter}
      />
      {attempt.error && !faultAt(attempt.error, "/filter") && <Problem error={attempt.error} />}
      {attempt.data && (
        <Notice
          variant={attempt.data.failed > 0 ? "warning" : "info"}
          title={`${attempt.data.wouldCome} of ${attempt.data.tried} would have been delivered`}
          description={
            attempt.data.failed > 0
              ? `It failed for ${attempt.data.failed}: ${attempt.data.events.find(({ reason }) => reason)?.reason}`
              : null
          }
        />
      )}
      <div>
        <Button
          disabled={filter === ""}
          loading={attempt.isPending}
          onClick={() =>
            attempt.mutate({
              method: "POST",
              path: `/subscriptions/${of.subscriptionId}/try-filter`,
              body: { filter },
            })
          }
        >
          Try it on the last events
        </Button>{" "}
        <Button disabled={disabled} onClick={() => onSave(filter === "" ? null : filter)}>
          Save the filter
        </Button>
      </div>
    </div>
  );
}
