import { SegmentedControl } from "@primer/react";
import { Background, Controls, MiniMap, ReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useMemo } from "react";
import { useNavigate } from "react-router";
import { useList } from "../api/queries.ts";
import type { Connection } from "../api/types.ts";
import { Empty, Loading, Problem } from "../parts/answer.tsx";
import { HealthPill } from "../parts/badges.tsx";
import { PageTitle } from "../parts/heading.tsx";
import { mapOf } from "../parts/map-of.ts";
import { Rows } from "../parts/rows.tsx";
import { useFilters } from "../parts/use-filters.ts";

/** Who is connected to whom: as a picture, or as a table for those who prefer one. */
export default function BrokeringMap() {
  const [{ as }, setFilters] = useFilters("as");
  const consuming = useList<Connection>("/connections", { params: { side: "consumer", limit: 100 } });
  const providing = useList<Connection>("/connections", { params: { side: "provider", limit: 100 } });
  const connections = useMemo(
    () => [
      ...new Map([...consuming.items, ...providing.items].map((one) => [one.connectionId, one])).values(),
    ],
    [consuming.items, providing.items],
  );
  const error = consuming.error ?? providing.error;
  const pending = consuming.isPending || providing.isPending;
  return (
    <>
      <PageTitle
        title="Brokering map"
        text="Providers, their services, and the repositories that receive them."
      >
        <SegmentedControl
          aria-label="Shown as"
          onChange={(index) => setFilters({ as: index === 0 ? "" : "table" })}
        >
          <SegmentedControl.Button selected={as !== "table"}>Map</SegmentedControl.Button>
          <SegmentedControl.Button selected={as === "table"}>Table</SegmentedControl.Button>
        </SegmentedControl>
      </PageTitle>
      {error && <Problem error={error} />}
      {pending && <Loading />}
      {!pending && connections.length === 0 && (
        <Empty title="Nothing is connected yet">Once a subscription is approved it is drawn here.</Empty>
      )}
      {connections.length > 0 && (as === "table" ? <AsTable of={connections} /> : <AsMap of={connections} />)}
    </>
  );
}

function AsMap({ of }: { of: readonly Connection[] }) {
  const navigate = useNavigate();
  const { nodes, edges } = useMemo(() => mapOf(of), [of]);
  return (
    <section className="map" aria-label="Map of connections; the table beside says the same">
      <ReactFlow
        nodes={nodes}
        edges={edges}
        fitView
        onlyRenderVisibleElements
        nodesConnectable={false}
        colorMode="system"
        onEdgeClick={(_, edge) => navigate(`/connections?connection=${edge.id}`)}
      >
        <Background />
        <Controls showInteractive={false} />
        <MiniMap pannable zoomable />
      </ReactFlow>
    </section>
  );
}

const AsTable = ({ of }: { of: readonly Connection[] }) => (
  <Rows
    label="Connections"
    items={of}
    keyOf={({ connectionId }) => connectionId}
    columns={[
      { name: "Provider", width: "minmax(0, 1fr)", cell: ({ service }) => service?.provider ?? "—" },
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
