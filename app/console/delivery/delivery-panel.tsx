import { DotFillIcon } from "@primer/octicons-react";
import { Button, Timeline } from "@primer/react";
import { useState } from "react";
import { ApiError } from "../api/call.ts";
import { useGet } from "../api/queries.ts";
import type { Delivery, Timeline as History } from "../api/types.ts";
import { StatusBadge } from "../ui/badges.tsx";
import { Section } from "../ui/heading.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Modal } from "../ui/modal.tsx";
import { Outward } from "../ui/outward.tsx";
import { answerWords, failureWords, happeningWords, outcomeWords, viaWords } from "../ui/words.ts";

interface Props {
  deliveryId: string;
  onClose(): void;
  onReplay: (() => void) | undefined;
}

/** One delivery, beside the list: its attempts, its history and, for those who may see it, its message. */
export function DeliveryPanel({ deliveryId, onClose, onReplay }: Props) {
  const path = `/deliveries/${encodeURIComponent(deliveryId)}`;
  const delivery = useGet<Delivery>(path, { every: 5_000 });
  const history = useGet<History>(`${path}/timeline`, { every: 5_000 });
  return (
    <Modal title="Delivery" position="right" width="xlarge" onClose={onClose}>
      <Loaded of={delivery}>
        {(one) => (
          <div className="form">
            <div className="spread">
              <span className="bar">
                <StatusBadge of={one} /> {one.eventType} {one.durable ? "· durable" : ""}{" "}
                {one.isTest ? "· test" : ""}
              </span>
              {onReplay && (
                <Button disabled={!one.isFinalized} onClick={onReplay}>
                  Replay
                </Button>
              )}
            </div>
            <div className="mono">{one.deliveryId}</div>
            {one.replayOf && <div>Replays {one.replayOf}</div>}
            {one.replayedBy && <div>Replayed as {one.replayedBy}</div>}
            {one.failure && <div>{failureWords(one.failure)}</div>}
            <Section title="History">
              <Loaded of={history}>{({ items }) => <Events items={items} />}</Loaded>
            </Section>
            <Section title="Attempts">
              {one.attempts.map((attempt) => (
                <div key={attempt.number} className="card">
                  <div className="spread">
                    <strong>
                      {attempt.number}. {outcomeWords(attempt.outcome)}
                      {attempt.possibleDuplicate && ", perhaps a duplicate"}
                    </strong>
                    <span className="muted">{answerWords(attempt)}</span>
                  </div>
                  {attempt.run && <RunLink of={attempt.run} />}
                  {attempt.failure && <div>{failureWords(attempt.failure)}</div>}
                </div>
              ))}
            </Section>
            {one.owners.length > 0 && (
              <Section title="Runs">
                {one.owners.map((owner) => (
                  <div key={owner.runId}>
                    <RunLink of={owner} />, {owner.workflow}: {owner.conclusion ?? "in progress"} (
                    {viaWords(owner.via)})
                  </div>
                ))}
              </Section>
            )}
            {one.ambiguousRuns.length > 0 && (
              <div>Runs that may be this delivery's or another's: {one.ambiguousRuns.join(", ")}</div>
            )}
            <Message path={`${path}/payload`} />
          </div>
        )}
      </Loaded>
    </Modal>
  );
}

/** A run, with its page on GitHub. */
const RunLink = ({ of: { runId, url } }: { of: { runId: string; url: string | null } }) =>
  url === null ? <>run {runId}</> : <Outward href={url}>run {runId}</Outward>;

const Events = ({ items }: { items: History["items"] }) => (
  <Timeline clipSidebar>
    {items.map((item) => (
      <Timeline.Item key={`${item.at} ${item.what} ${item.attempt}`} condensed>
        <Timeline.Badge>
          <DotFillIcon />
        </Timeline.Badge>
        <Timeline.Body>
          {happeningWords(item.what)}
          {item.attempt === null ? "" : ` (attempt ${item.attempt})`} · {new Date(item.at).toLocaleString()}
        </Timeline.Body>
      </Timeline.Item>
    ))}
  </Timeline>
);

/** The message is asked for only when somebody wants to see it. */
function Message({ path }: { path: string }) {
  const [wanted, setWanted] = useState(false);
  const message = useGet<unknown>(path, { enabled: wanted });
  // That there is none, or none any more, is an answer like another.
  const isMissing = message.error instanceof ApiError && [404, 410].includes(message.error.status);
  return (
    <Section title="Message">
      {isMissing ? (
        <div className="muted">{message.error?.message}</div>
      ) : wanted ? (
        <Loaded of={message}>{(body) => <pre>{JSON.stringify(body, null, 2)}</pre>}</Loaded>
      ) : (
        <div>
          <Button onClick={() => setWanted(true)}>Show the message</Button>
        </div>
      )}
    </Section>
  );
}
