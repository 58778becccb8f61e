import { useGet, useList } from "../api/queries.ts";
import type { BlockedEvents, ProviderEvent } from "../api/types.ts";
import { Ago } from "../ui/badges.tsx";
import { Figures } from "../ui/figures.tsx";
import { Section } from "../ui/heading.tsx";
import { Empty, Loaded, Loading, Problem } from "../ui/loaded.tsx";
import { Outward } from "../ui/outward.tsx";
import { Rows } from "../ui/rows.tsx";
import { percent } from "../ui/times.ts";
import { blockedWords } from "../ui/words.ts";

/** Shows the events that the policy allowed and blocked, the reasons, and their cost. */
export function Blocked({ repositoryId }: { repositoryId: string }) {
  const blocked = useGet<BlockedEvents>(`/repositories/${repositoryId}/blocked`, { params: { days: 30 } });
  return (
    <Loaded of={blocked}>
      {(figures) => (
        <>
          <Figures
            of={[
              ["Allowed in 30 days", figures.allowed],
              ["Blocked", figures.blocked],
              ["Blocked rate", percent(figures.rate)],
              ["Cost", `${figures.cost.amount.toFixed(2)} ${figures.cost.currency}`],
            ]}
          />
          <Section title="Why">
            {figures.reasons.length === 0 ? (
              <Empty title="Nothing was blocked">
                Events of workflows that are not whitelisted would be counted here.
              </Empty>
            ) : (
              <Rows
                label="Reasons"
                items={figures.reasons}
                keyOf={({ reason, workflow }) => `${reason} ${workflow}`}
                columns={[
                  {
                    name: "Reason",
                    width: "minmax(0, 2fr)",
                    cell: ({ reason }) => <span title={reason}>{blockedWords(reason)}</span>,
                  },
                  {
                    name: "Workflow",
                    width: "minmax(0, 2fr)",
                    cell: ({ workflow }) => <span className="mono">{workflow}</span>,
                  },
                  { name: "Events", width: "6rem", cell: ({ count }) => count },
                ]}
              />
            )}
          </Section>
          <Events repositoryId={repositoryId} />
        </>
      )}
    </Loaded>
  );
}

function Events({ repositoryId }: { repositoryId: string }) {
  const events = useList<ProviderEvent>(`/repositories/${repositoryId}/events`);
  if (events.error) return <Problem error={events.error} onRetry={() => events.refetch()} />;
  if (events.isPending) return <Loading />;
  if (events.items.length === 0) return null;
  return (
    <Section title="Latest events">
      <Rows
        label="Events"
        items={events.items}
        keyOf={({ correlationId, runAttempt }) => `${correlationId} ${runAttempt}`}
        more={{ has: events.hasNextPage, loading: events.isFetchingNextPage, load: events.fetchNextPage }}
        columns={[
          {
            name: "Run",
            width: "minmax(0, 2fr)",
            cell: ({ runUrl, title }) => <Outward href={runUrl}>{title}</Outward>,
          },
          {
            name: "Workflow",
            width: "minmax(0, 2fr)",
            minor: true,
            cell: ({ workflow }) => <span className="mono">{workflow}</span>,
          },
          { name: "Branch", width: "8rem", minor: true, cell: ({ branch }) => branch ?? "—" },
          { name: "Ended", width: "8rem", cell: ({ conclusion }) => conclusion ?? "—" },
          {
            name: "Policy",
            width: "minmax(0, 2fr)",
            cell: ({ verdict, reason }) => (reason ? `${verdict}: ${blockedWords(reason)}` : verdict),
          },
          { name: "When", width: "8rem", cell: ({ receivedAt }) => <Ago at={receivedAt} /> },
        ]}
      />
    </Section>
  );
}
