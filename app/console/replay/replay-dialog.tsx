import { Checkbox, CheckboxGroup, FormControl } from "@primer/react";
import { useState } from "react";
import type { Connection } from "../api/types.ts";
import { ChoiceField } from "../ui/field.tsx";
import { Problem } from "../ui/loaded.tsx";
import { Modal } from "../ui/modal.tsx";
import { MomentField, momentOf } from "../ui/moment-field.tsx";
import { serviceWords } from "../ui/words.ts";
import { Counted, ReplayProgress } from "./replay-job.tsx";
import { type ReplayFilter, useReplay } from "./use-replay.ts";

const STATUSES = ["Failed", "Dispatched", "Confirmed", "Completed"] as const;

const nameOf = ({ service, consumer }: Connection): string =>
  `${serviceWords(service)} → ${consumer.fullName ?? consumer.repositoryId}`;

interface Props {
  connections: readonly Connection[];
  /** The connection chosen at first. */
  connectionId?: string | undefined;
  /** The status chosen at first; only what ended can be replayed. */
  status?: string | undefined;
  onClose(): void;
}

/** Replays many deliveries of a connection: which, how many those are, and how far it has come. */
export function ReplayDialog({ connections, connectionId, status, onClose }: Props) {
  const [chosen, setChosen] = useState(
    (connections.find((one) => one.connectionId === connectionId) ?? connections[0])?.connectionId ?? "",
  );
  const [statuses, setStatuses] = useState<readonly string[]>(
    STATUSES.some((one) => one === status) ? [status as string] : ["Failed"],
  );
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const count = useReplay();
  const replay = useReplay();
  const counted = count.job;
  const started = replay.job;
  const filter: ReplayFilter = {
    subscriptionId: chosen,
    status: statuses,
    from: momentOf(from),
    to: momentOf(to),
  };
  /** A count speaks of the filter it was made with. */
  const set =
    <T,>(change: (value: T) => void) =>
    (value: T): void => {
      count.reset();
      change(value);
    };
  const isCounted = counted !== undefined && counted.state !== "running";
  const startable = isCounted && counted.matched > 0 && !started;
  return (
    <Modal
      title="Replay deliveries"
      subtitle="Each is sent to its consumer once more, with the payload it had."
      width="large"
      onClose={onClose}
      footerButtons={[
        { content: started ? "Close" : "Cancel", onClick: onClose },
        {
          content: "Count them",
          disabled: chosen === "" || statuses.length === 0 || started !== undefined,
          loading: count.isStarting,
          onClick: () => count.start(filter, true),
        },
        {
          content: startable ? `Replay ${counted.matched}` : "Replay",
          buttonType: "primary",
          disabled: !startable,
          loading: replay.isStarting,
          onClick: () => replay.start({ ...filter, to: counted?.to }, false),
        },
      ]}
    >
      <div className="form">
        <ChoiceField
          label="Connection"
          value={chosen}
          disabled={started !== undefined}
          options={connections.map((one) => [one.connectionId, nameOf(one)])}
          onChange={set(setChosen)}
        />
        <CheckboxGroup disabled={started !== undefined}>
          <CheckboxGroup.Label>That ended as</CheckboxGroup.Label>
          {STATUSES.map((one) => (
            <FormControl key={one}>
              <Checkbox
                checked={statuses.includes(one)}
                onChange={({ target }) =>
                  set(setStatuses)(
                    target.checked ? [...statuses, one] : statuses.filter((other) => other !== one),
                  )
                }
              />
              <FormControl.Label>{one}</FormControl.Label>
            </FormControl>
          ))}
        </CheckboxGroup>
        <MomentField
          label="Made from"
          caption="Empty: from 90 days ago on. Payloads are kept no longer."
          value={from}
          disabled={started !== undefined}
          onChange={set(setFrom)}
        />
        <MomentField
          label="Made until"
          caption="Empty: until now."
          value={to}
          disabled={started !== undefined}
          onChange={set(setTo)}
        />
        {(replay.error ?? count.error) && <Problem error={(replay.error ?? count.error) as Error} />}
        {counted && !started && <Counted of={counted} />}
        {started && <ReplayProgress of={started} expected={counted?.matched ?? 0} onCancel={replay.cancel} />}
      </div>
    </Modal>
  );
}
