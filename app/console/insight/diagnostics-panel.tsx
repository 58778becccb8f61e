import { Button } from "@primer/react";
import { useGet } from "../api/queries.ts";
import type { Diagnostics } from "../api/types.ts";
import { Ago, HealthPill, StatusBadge } from "../ui/badges.tsx";
import { Figures } from "../ui/figures.tsx";
import { Section } from "../ui/heading.tsx";
import { Empty, Loaded } from "../ui/loaded.tsx";
import { Modal } from "../ui/modal.tsx";
import { Outward } from "../ui/outward.tsx";
import { percent } from "../ui/times.ts";
import { failureWords, groupWords } from "../ui/words.ts";

interface Props {
  connectionId: string;
  onClose(): void;
  onReplay(): void;
}

/** Shows a connection's problems in groups, with advice, and its last failures in full. */
export function DiagnosticsPanel({ connectionId, onClose, onReplay }: Props) {
  const diagnostics = useGet<Diagnostics>(`/connections/${encodeURIComponent(connectionId)}/diagnostics`);
  return (
    <Modal title="Diagnostics" position="right" width="xlarge" onClose={onClose}>
      <Loaded of={diagnostics}>
        {(found) => (
          <div className="form">
            <div className="spread">
              <span className="bar">
                <HealthPill of={found} /> {found.reason}
              </span>
              <Button onClick={onReplay}>Replay many</Button>
            </div>
            <Figures
              of={[
                ["Deliveries in 24 hours", found.last24Hours.total],
                ["Success", percent(found.last24Hours.successRate)],
                ["In flight", found.last24Hours.inFlight],
                ["Failed in 30 days", found.last30Days.failed],
                ["Filtered in 7 days", found.filtered.last7Days],
              ]}
            />
            {found.filterFailure && (
              <Section title="The filter failed">
                <div className="card">
                  <div className="spread">
                    <span>
                      {found.filterFailure.reason}. In 7 days it failed for{" "}
                      {found.filtered.failedInLast7Days === 1
                        ? "1 event, which was not delivered"
                        : `${found.filtered.failedInLast7Days} events, which were not delivered`}
                      .
                    </span>
                    <Ago at={found.filterFailure.at} />
                  </div>
                </div>
              </Section>
            )}
            <Section title="What failed in 30 days">
              {found.groups.length === 0 ? (
                <Empty title="Nothing failed">Failures are grouped here, each with a remedy.</Empty>
              ) : (
                found.groups.map((group) => (
                  <div className="card" key={`${group.stage} ${group.kind}`}>
                    <div className="spread">
                      <strong>{groupWords(group.group)}</strong>
                      <span className="muted">
                        {group.failed} failed, {group.attempts} attempts
                      </span>
                    </div>
                    <div>{group.recommendation.advice}</div>
                    {group.recommendation.link && <Outward href={group.recommendation.link}>Open it</Outward>}
                  </div>
                ))
              )}
            </Section>
            {found.failures.length > 0 && (
              <Section title="Last failures">
                {found.failures.map((one) => (
                  <div className="card" key={one.deliveryId}>
                    <div className="spread">
                      <span>
                        <StatusBadge of={one} /> {one.eventType}
                      </span>
                      <Ago at={one.completedAt ?? one.createdAt} />
                    </div>
                    <div>{one.failure && failureWords(one.failure)}</div>
                    <div className="mono">{one.deliveryId}</div>
                  </div>
                ))}
              </Section>
            )}
          </div>
        )}
      </Loaded>
    </Modal>
  );
}
