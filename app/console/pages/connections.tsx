import { Button, SegmentedControl } from "@primer/react";
import { Link } from "react-router";
import { useList } from "../api/queries.ts";
import type { Connection } from "../api/types.ts";
import { useWhole } from "../api/use-whole.ts";
import { DiagnosticsPanel } from "../insight/diagnostics-panel.tsx";
import { LeftOut } from "../installations/left-out.tsx";
import { ReplayDialog } from "../replay/replay-dialog.tsx";
import { Ago, HealthPill, SuccessRate } from "../ui/badges.tsx";
import { Choice } from "../ui/choice.tsx";
import { PageTitle } from "../ui/heading.tsx";
import { Empty, Loading, Problem } from "../ui/loaded.tsx";
import { Rows } from "../ui/rows.tsx";
import { Search } from "../ui/search.tsx";
import { useFilters } from "../ui/use-filters.ts";
import { serviceWords } from "../ui/words.ts";

const HEALTH = [
  ["", "Every health"],
  ["healthy", "Healthy"],
  ["warning", "Warning"],
  ["critical", "Critical"],
] as const;

/** Says, for each side, how a first connection comes about. */
const FIRST = {
  consumer: (
    <>
      Request a service in the <Link to="/directory">directory</Link>. Its connection is shown here once it is
      approved.
    </>
  ),
  provider: "Once you approve a subscription to one of your services, its connection is shown here.",
};

/** Shows the health of each connection of the user's repositories, from either side. */
export default function Connections() {
  const [filters, setFilters] = useFilters("side", "text", "health", "connection", "replaying");
  const side = filters.side === "provider" ? "provider" : "consumer";
  const { text, health } = filters;
  const filtered = text !== "" || health !== "";
  const connections = useList<Connection>("/connections", { params: { side, text, health }, every: 15_000 });
  const { replaying } = filters;
  const isListed = connections.items.some(({ connectionId }) => connectionId === replaying);
  const isSought = replaying !== "" && !isListed;
  useWhole(connections, isSought);
  return (
    <>
      <PageTitle
        title="My connections"
        text="Each row is a service and a repository that receives its events."
      >
        <SegmentedControl
          aria-label="Side"
          onChange={(index) => setFilters({ side: index === 0 ? "consumer" : "provider" })}
        >
          <SegmentedControl.Button selected={side === "consumer"}>As consumer</SegmentedControl.Button>
          <SegmentedControl.Button selected={side === "provider"}>As provider</SegmentedControl.Button>
        </SegmentedControl>
        <Search label="Find a connection" value={text} onChange={(value) => setFilters({ text: value })} />
        <Choice
          label="Health"
          value={health}
          options={HEALTH}
          onChange={(value) => setFilters({ health: value })}
        />
        <Button as={Link} to="/connections/map">
          Map
        </Button>
      </PageTitle>
      {connections.error && <Problem error={connections.error} onRetry={() => connections.refetch()} />}
      {connections.isPending && <Loading />}
      {connections.data && connections.items.length === 0 && <LeftOut />}
      {connections.data && connections.items.length === 0 && (
        <Empty title={filtered ? "No connection matches" : "No connections here"}>
          {filtered ? "Remove a filter to see more." : FIRST[side]}
        </Empty>
      )}
      {connections.items.length > 0 && (
        <Rows
          label="Connections"
          items={connections.items}
          keyOf={({ connectionId }) => connectionId}
          onOpen={({ connectionId }) => setFilters({ connection: connectionId })}
          more={{
            has: connections.hasNextPage,
            loading: connections.isFetchingNextPage,
            load: connections.fetchNextPage,
          }}
          columns={[
            {
              name: "Service",
              width: "minmax(0, 2fr)",
              cell: ({ service }) => (service ? serviceWords(service) : "removed"),
            },
            {
              name: "Consumer",
              width: "minmax(0, 2fr)",
              cell: ({ consumer }) => consumer.fullName ?? consumer.repositoryId,
            },
            { name: "Health", width: "7rem", cell: (one) => <HealthPill of={one} /> },
            {
              name: "Deliveries, 24 hours",
              width: "7rem",
              minor: true,
              cell: ({ last24Hours }) => last24Hours.total,
            },
            {
              name: "Success, 24 hours",
              width: "8rem",
              cell: ({ last24Hours }) => <SuccessRate of={last24Hours} />,
            },
            {
              name: "Deliveries, 7 days",
              width: "7rem",
              minor: true,
              cell: ({ last7Days }) => last7Days.total,
            },
            {
              name: "Last event",
              width: "minmax(0, 1fr)",
              cell: ({ lastEvent }) =>
                lastEvent ? (
                  <span title={lastEvent.status}>
                    {lastEvent.eventType} · <Ago at={lastEvent.at} />
                  </span>
                ) : (
                  "none yet"
                ),
            },
            {
              name: "Paused",
              width: "8rem",
              minor: true,
              cell: ({ pausedSince }) => <Ago at={pausedSince} />,
            },
          ]}
        />
      )}
      {filters.connection && (
        <DiagnosticsPanel
          connectionId={filters.connection}
          onClose={() => setFilters({ connection: "" })}
          onReplay={() => setFilters({ connection: "", replaying: filters.connection })}
        />
      )}
      {replaying && connections.data && !(isSought && connections.hasNextPage) && (
        <ReplayDialog
          connections={connections.items}
          connectionId={replaying}
          onClose={() => setFilters({ replaying: "" })}
        />
      )}
    </>
  );
}
