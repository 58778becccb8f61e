import { Button } from "@primer/react";
import { Background, Controls, MiniMap, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useEffect, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import type { Connection } from "../api/types.ts";
import { useDark } from "../ui/color-mode.ts";
import { groupsOf, isFound, type MapNode, mapOf } from "./map-of.ts";

/** From here on a small map of the whole helps; before, it would only cover what it shows. */
const LARGE = 60;
/** Nodes that may be zoomed to at once and still be read. */
const FEW = 12;

interface Props {
  of: readonly Connection[];
  /** The search text: the map opens, marks and scrolls to whatever matches. */
  text: string;
}

/** Connections as a picture. */
export const MapPicture = (props: Props) => (
  <ReactFlowProvider>
    <Picture {...props} />
  </ReactFlowProvider>
);

function Picture({ of, text }: Props) {
  const navigate = useNavigate();
  const flow = useReactFlow();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const found = useMemo(() => of.filter((one) => isFound(one, text)), [of, text]);
  const opened = useMemo(() => {
    const groups = groupsOf(found);
    return new Set([...chosen, ...(found.length <= FEW * FEW ? groups : [])]);
  }, [chosen, found]);
  const { nodes, edges, total } = useMemo(() => mapOf(of, opened), [of, opened]);
  const wanted = text.trim().toLowerCase();
  const isWanted = ({ data }: MapNode): boolean => wanted !== "" && data.label.toLowerCase().includes(wanted);
  const marked = nodes.filter(isWanted);
  const shown = nodes.map((node) => ({
    ...node,
    className: `${node.className} ${wanted === "" ? "" : isWanted(node) ? "found" : "aside"}`,
  }));
  const markedIds = new Set(marked.map(({ id }) => id));
  const drawnEdges =
    wanted === ""
      ? edges
      : edges.map((edge) =>
          markedIds.has(edge.source) || markedIds.has(edge.target) ? edge : { ...edge, className: "aside" },
        );
  const isDark = useDark();
  const focus = marked.slice(0, FEW).map(({ id }) => id);
  const key = focus.join("\n");
  const drawn = nodes.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the view moves when what is looked for or drawn does.
  useEffect(() => {
    const frame = requestAnimationFrame(() =>
      flow.fitView({
        ...(focus.length > 0 ? { nodes: focus.map((id) => ({ id })) } : {}),
        maxZoom: 1,
        padding: 0.05,
      }),
    );
    return () => cancelAnimationFrame(frame);
  }, [key, drawn, flow]);
  const toggle = ({ group }: MapNode["data"]): void =>
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(group)) next.add(group);
      return next;
    });
  return (
    <>
      <div className="bar">
        <span className="muted" role="status">
          {wanted === ""
            ? `${drawn} of ${total} shown${drawn < total ? "; choose an owner to open it" : ""}`
            : `${marked.length} found`}
        </span>
        <span className="grow" />
        {drawn < total && <Button onClick={() => setChosen(new Set(groupsOf(of)))}>Open all</Button>}
        {chosen.size > 0 && <Button onClick={() => setChosen(new Set())}>Close all</Button>}
      </div>
      <section className="map" aria-label="Map of connections; the table beside says the same">
        <ReactFlow
          nodes={shown}
          edges={drawnEdges}
          fitView
          minZoom={0.05}
          onlyRenderVisibleElements={drawn > 150}
          nodesConnectable={false}
          nodesDraggable={false}
          colorMode={isDark ? "dark" : "light"}
          onNodeClick={(_, { data }) => toggle(data)}
          onEdgeClick={(_, { data }) =>
            data?.connectionId && navigate(`/connections?connection=${data.connectionId}`)
          }
        >
          <Background />
          <Controls showInteractive={false} />
          {total > LARGE && <MiniMap pannable zoomable ariaLabel="Small map of the whole" />}
        </ReactFlow>
      </section>
    </>
  );
}
