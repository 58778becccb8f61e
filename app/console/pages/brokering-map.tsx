import { SegmentedControl } from "@primer/react";
import { useMemo } from "react";
import { useList } from "../api/queries.ts";
import type { Connection } from "../api/types.ts";
import { useWhole } from "../api/use-whole.ts";
import { isFound } from "../insight/map-of.ts";
import { MapPicture } from "../insight/map-picture.tsx";
import { HealthPill } from "../ui/badges.tsx";
import { PageTitle } from "../ui/heading.tsx";
import { Empty, Loading, Problem } from "../ui/loaded.tsx";
import { Rows } from "../ui/rows.tsx";
import { Search } from "../ui/search.tsx";
import { useFilters } from "../ui/use-filters.ts";
import { useNarrow } from "../ui/use-narrow.ts";
import { providerWords } from "../ui/words.ts";

/**
 * Shows which repositories are connected: as a picture, or as a table for those who prefer one. On a phone the picture's
 * letters are too small to read, so the table comes first.
 */
export default function BrokeringMap() {
  const [{ as, text }, setFilters] = useFilters("as", "text");
  const isNarrow = useNarrow();
  const isTable = as === "" ? isNarrow : as === "table";
  const consuming = useList<Connection>("/connections", { params: { side: "consumer", limit: 100 } });
  const providing = useList<Connection>("/connections", { params: { side: "provider", limit: 100 } });
  const connections = useMemo(
    () => [
      ...new Map([...consuming.items, ...providing.items].map((one) => [one.connectionId, one])).values(),
    ],
    [consuming.items, providing.items],
  );
  useWhole(consuming);
  useWhole(providing);
  const listed = text === "" ? connections : connections.filter((one) => isFound(one, text));
  const error = consuming.error ?? providing.error;
  const pending = consuming.isPending || providing.isPending;
  return (
    <>
      <PageTitle
        title="Brokering map"
        text="Providers' repositories and workflows, their services, and the repositories that receive them."
      >
        <Search label="Find by name" value={text} onChange={(value) => setFilters({ text: value })} />
        <SegmentedControl
          aria-label="Shown as"
          onChange={(index) => setFilters({ as: index === 0 ? "map" : "table" })}
        >
          <SegmentedControl.Button selected={!isTable}>Map</SegmentedControl.Button>
          <SegmentedControl.Button selected={isTable}>Table</SegmentedControl.Button>
        </SegmentedControl>
      </PageTitle>
      {error && (
        <Problem
          error={error}
          onRetry={() => {
            void consuming.refetch();
            void providing.refetch();
          }}
        />
      )}
      {pending && <Loading />}
      {!pending && !error && connections.length === 0 && (
        <Empty title="Nothing is connected yet">
          A connection appears once its subscription is approved.
        </Empty>
      )}
      {connections.length > 0 &&
        (isTable ? <AsTable of={listed} /> : <MapPicture of={connections} text={text} />)}
    </>
  );
}

const AsTable = ({ of }: { of: readonly Connection[] }) => (
  <Rows
    label="Connections"
    items={of}
    keyOf={({ connectionId }) => connectionId}
    columns={[
      {
        name: "Provider",
        width: "minmax(0, 1fr)",
        cell: ({ service }) => service?.repository ?? (service ? providerWords(service) : "—"),
      },
      { name: "Workflow", width: "minmax(0, 1fr)", cell: ({ service }) => service?.workflow ?? "—" },
      { name: "Service", width: "minmax(0, 1fr)", cell: ({ service }) => service?.slug ?? "—" },
      {
        name: "Consumer",
        width: "minmax(0, 1fr)",
        cell: ({ consumer }) => consumer.fullName ?? consumer.repositoryId,
      },
      { name: "Health", width: "8rem", cell: (one) => <HealthPill of={one} /> },
    ]}
  />
);
