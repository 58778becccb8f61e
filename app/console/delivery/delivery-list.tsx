import { Button } from "@primer/react";
import { useLive } from "../api/live.ts";
import { useLiveList } from "../api/live-list.ts";
import { useList } from "../api/queries.ts";
import type { Connection, Delivery, DeliveryPage } from "../api/types.ts";
import { useWhole } from "../api/use-whole.ts";
import { ReplayDialog } from "../replay/replay-dialog.tsx";
import { Ago } from "../ui/badges.tsx";
import { type CsvColumn, ExportList } from "../ui/export-list.tsx";
import { Empty, Problem, Skeleton } from "../ui/loaded.tsx";
import { More } from "../ui/more.tsx";
import { type Column, Rows } from "../ui/rows.tsx";
import { absolute } from "../ui/times.ts";
import { useFilters } from "../ui/use-filters.ts";
import { failureWords, serviceWords } from "../ui/words.ts";
import { DeliveryFilters, FILTERS } from "./delivery-filters.tsx";
import { Marks } from "./marks.tsx";
import { SearchProgress, whereFault } from "./payload-search.tsx";
import { RunLink } from "./run-link.tsx";

/** The interval at which a visible list refreshes without a live stream, in milliseconds. */
const LIVE = 5_000;

/** Pages of a search that an export reads at most, each of 100 payloads. */
const SEARCHED_PAGES = 100;

const COLUMNS: Column<Delivery>[] = [
  { name: "Event", width: "minmax(0, 1.4fr)", cell: (one) => one.eventType },
  { name: "Status", width: "minmax(8rem, 1fr)", cell: (one) => <Marks of={one} /> },
  { name: "Service", width: "minmax(0, 1.6fr)", cell: (one) => serviceWords(one.service) },
  {
    name: "Consumer",
    width: "minmax(0, 1.4fr)",
    cell: (one) => one.consumer.fullName ?? one.consumer.repositoryId,
  },
  {
    name: "Run",
    width: "minmax(0, 1.1fr)",
    cell: (one) => (one.isTest ? "test" : <RunLink of={one.providerRun} />),
  },
  {
    name: "Dispatched",
    width: "10rem",
    cell: (one) => (one.dispatchedAt ? absolute(one.dispatchedAt) : "—"),
  },
  { name: "Confirmed", width: "7rem", cell: (one) => <Ago at={one.confirmedAt} /> },
  { name: "Completed", width: "7rem", cell: (one) => <Ago at={one.completedAt} /> },
  { name: "Retries", width: "4rem", cell: (one) => Math.max(0, one.attempts.length - 1) },
];

const CSV: readonly CsvColumn<Delivery>[] = [
  ["deliveryId", (one) => one.deliveryId],
  ["eventType", (one) => one.eventType],
  ["status", (one) => one.status],
  ["service", (one) => one.service.name],
  ["consumer", (one) => one.consumer.fullName],
  ["correlationId", (one) => one.correlationId],
  ["durable", (one) => one.durable],
  ["test", (one) => one.isTest],
  ["replayOf", (one) => one.replayOf],
  ["attempts", (one) => one.attempts.length],
  ["createdAt", (one) => one.createdAt],
  ["dispatchedAt", (one) => one.dispatchedAt],
  ["confirmedAt", (one) => one.confirmedAt],
  ["completedAt", (one) => one.completedAt],
  ["conclusion", (one) => one.conclusion],
  ["failure", (one) => one.failure && failureWords(one.failure)],
];

const keyOf = ({ deliveryId }: Delivery): string => deliveryId;
const addressOf = ({ deliveryId }: Delivery): string => `/deliveries/${deliveryId}`;

interface Props {
  repositoryId: string;
  side: "provider" | "consumer";
  canReplay: boolean;
}

/** Deliveries of one side, live, with filters in the address. Each row leads to its delivery's page. */
export function DeliveryList({ repositoryId, side, canReplay }: Props) {
  const [filters, set] = useFilters(...FILTERS);
  const [{ replaying }, setReplaying] = useFilters("replaying");
  const { status, subscription } = filters;
  const isSearch = filters.where !== "";
  const params = { repository: repositoryId, side, ...filters };
  const deliveries = useLiveList<Delivery>("/deliveries", {
    keyOf,
    params: { ...params, limit: 100 },
    // A search reads payloads: it is not repeated with each change.
    ...(isSearch ? {} : { every: LIVE }),
  });
  const connections = useList<Connection>("/connections", {
    params: { repository: repositoryId, side, limit: 100 },
  });
  useWhole(connections);
  const columns = COLUMNS.filter(({ name }) => side === "provider" || name !== "Consumer");
  const isFiltered = Object.values(filters).some((one) => one !== "");
  return (
    <div className="form">
      <DeliveryFilters
        side={side}
        filters={filters}
        set={set}
        connections={connections.items}
        wrong={deliveries.error}
      />
      <div className="bar">
        {!isSearch && <LiveMark />}
        <span className="grow" />
        {canReplay && connections.items.length > 0 && (
          <Button onClick={() => setReplaying({ replaying: "many" })}>Replay many</Button>
        )}
        <ExportList
          path="/deliveries"
          params={params}
          columns={CSV}
          name={`deliveries-${repositoryId}`}
          {...(isSearch ? { pages: SEARCHED_PAGES } : {})}
        />
      </div>
      {deliveries.error && !whereFault(deliveries.error) && (
        <Problem error={deliveries.error} onRetry={() => deliveries.refetch()} />
      )}
      {deliveries.isPending && <Skeleton />}
      {deliveries.data && isSearch && (
        <SearchProgress
          pages={deliveries.data.pages as DeliveryPage[]}
          matches={deliveries.items.length}
          hasMore={deliveries.hasNextPage}
          isLoading={deliveries.isFetchingNextPage}
          onMore={() => void deliveries.fetchNextPage()}
        />
      )}
      {deliveries.data && deliveries.items.length === 0 && !deliveries.hasNextPage && (
        <Empty title={isFiltered ? "No delivery matches the filters" : "No deliveries yet"}>
          {isFiltered
            ? "Remove a filter to see more."
            : "They appear as soon as a run of a whitelisted workflow ends and its service has an approved subscriber."}
        </Empty>
      )}
      {/* A page of what filters select may be empty though it is not the last. */}
      {!isSearch && deliveries.items.length === 0 && deliveries.hasNextPage && (
        <More loading={deliveries.isFetchingNextPage} load={deliveries.fetchNextPage} />
      )}
      {deliveries.items.length > 0 && (
        <Rows
          label="Deliveries"
          columns={columns}
          items={deliveries.items}
          keyOf={keyOf}
          to={addressOf}
          {...(isSearch
            ? {}
            : {
                more: {
                  has: deliveries.hasNextPage,
                  loading: deliveries.isFetchingNextPage,
                  load: deliveries.fetchNextPage,
                },
              })}
        />
      )}
      {replaying && connections.data && (connections.isError || !connections.hasNextPage) && (
        <ReplayDialog
          connections={connections.items}
          connectionId={subscription}
          status={status}
          onClose={() => setReplaying({ replaying: "" })}
        />
      )}
    </div>
  );
}

/** Says how fresh a list is. */
function LiveMark() {
  const { isStreaming, isOnline } = useLive();
  const text = isOnline ? (isStreaming ? "Live" : `Refreshes every ${LIVE / 1_000} s`) : "Offline";
  return (
    <span className="muted" role="status">
      {text}
    </span>
  );
}
