import { Button } from "@primer/react";
import { useLiveList } from "../api/live-list.ts";
import { useChange, useList } from "../api/queries.ts";
import type { Connection, Delivery } from "../api/types.ts";
import { ReplayDialog } from "../replay/replay-dialog.tsx";
import { Ago, StatusBadge } from "../ui/badges.tsx";
import { Choice } from "../ui/choice.tsx";
import { Empty, Loading, Problem } from "../ui/loaded.tsx";
import { type Column, Rows } from "../ui/rows.tsx";
import { Search } from "../ui/search.tsx";
import { useFilters } from "../ui/use-filters.ts";
import { serviceWords } from "../ui/words.ts";
import { DeliveryPanel } from "./delivery-panel.tsx";

const STATUSES = [
  ["", "Every status"],
  ["Pending", "Pending"],
  ["Dispatched", "Dispatched"],
  ["Confirmed", "Confirmed"],
  ["Completed", "Completed"],
  ["Failed", "Failed"],
] as const;

/** The interval at which a visible list refreshes, in milliseconds. */
const LIVE = 5_000;

const COLUMNS: Column<Delivery>[] = [
  { name: "Event", width: "minmax(0, 2fr)", cell: (one) => one.eventType },
  { name: "Status", width: "9rem", cell: (one) => <StatusBadge of={one} /> },
  {
    name: "Consumer",
    width: "minmax(0, 2fr)",
    cell: (one) => one.consumer.fullName ?? one.consumer.repositoryId,
  },
  { name: "Dispatched", width: "8rem", cell: (one) => <Ago at={one.dispatchedAt} /> },
  { name: "Confirmed", width: "8rem", minor: true, cell: (one) => <Ago at={one.confirmedAt} /> },
  { name: "Completed", width: "8rem", minor: true, cell: (one) => <Ago at={one.completedAt} /> },
  { name: "Retries", width: "4rem", minor: true, cell: (one) => Math.max(0, one.attempts.length - 1) },
];

const keyOf = ({ deliveryId }: Delivery): string => deliveryId;

interface Props {
  repositoryId: string;
  side: "provider" | "consumer";
  canReplay: boolean;
}

/** Deliveries of one side, live, with filters in the address and one of them opened beside. */
export function DeliveryList({ repositoryId, side, canReplay }: Props) {
  const [{ status, text, subscription, delivery, replaying }, setFilters] = useFilters(
    "status",
    "text",
    "subscription",
    "delivery",
    "replaying",
  );
  const deliveries = useLiveList<Delivery>("/deliveries", {
    keyOf,
    params: { repository: repositoryId, side, status, text, subscription, limit: 100 },
    every: LIVE,
  });
  const connections = useList<Connection>("/connections", {
    params: { repository: repositoryId, side, limit: 100 },
  });
  const replay = useChange();
  const columns = COLUMNS.map((column) =>
    side === "consumer" && column.name === "Consumer"
      ? { ...column, name: "From", cell: (one: Delivery) => serviceWords(one.service) }
      : column,
  );
  const filtered = status !== "" || text !== "" || subscription !== "";
  const otherSide = ({ service, consumer }: Connection): string =>
    side === "provider"
      ? `${service?.slug ?? "taken back"} → ${consumer.fullName ?? consumer.repositoryId}`
      : serviceWords(service);
  return (
    <div className="form">
      <div className="bar">
        <Search
          label="Find by event type, run or delivery"
          value={text}
          onChange={(value) => setFilters({ text: value })}
        />
        <Choice
          label="Status"
          value={status}
          options={STATUSES}
          onChange={(value) => setFilters({ status: value })}
        />
        <Choice
          label="Connection"
          value={subscription}
          options={[
            ["", "Every connection"],
            ...connections.items.map((one) => [one.connectionId, otherSide(one)] as const),
          ]}
          onChange={(value) => setFilters({ subscription: value })}
        />
        <span className="grow" />
        {canReplay && connections.items.length > 0 && (
          <Button onClick={() => setFilters({ replaying: "many" })}>Replay many</Button>
        )}
        <span className="muted" role="status">
          {deliveries.isFetching ? "Reading …" : "Live"}
        </span>
      </div>
      {deliveries.error && <Problem error={deliveries.error} onRetry={() => deliveries.refetch()} />}
      {replay.error && <Problem error={replay.error} />}
      {deliveries.isPending && <Loading />}
      {deliveries.data && deliveries.items.length === 0 && (
        <Empty title={filtered ? "Nothing fits the filters" : "No deliveries yet"}>
          {filtered
            ? "Take one away to see more."
            : "They appear as soon as a whitelisted workflow's run ends and somebody is subscribed to it."}
        </Empty>
      )}
      {deliveries.items.length > 0 && (
        <Rows
          label="Deliveries"
          columns={columns}
          items={deliveries.items}
          keyOf={keyOf}
          onOpen={(one) => setFilters({ delivery: one.deliveryId })}
          more={{
            has: deliveries.hasNextPage,
            loading: deliveries.isFetchingNextPage,
            load: deliveries.fetchNextPage,
          }}
        />
      )}
      {replaying && connections.data && (
        <ReplayDialog
          connections={connections.items}
          connectionId={subscription}
          status={status}
          onClose={() => setFilters({ replaying: "" })}
        />
      )}
      {delivery && (
        <DeliveryPanel
          deliveryId={delivery}
          onClose={() => setFilters({ delivery: "" })}
          onReplay={
            canReplay
              ? () => replay.mutate({ method: "POST", path: `/replay/${encodeURIComponent(delivery)}` })
              : undefined
          }
        />
      )}
    </div>
  );
}
