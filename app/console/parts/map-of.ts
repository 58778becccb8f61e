import type { Edge, Node } from "@xyflow/react";
import type { Connection } from "../api/types.ts";

const COLUMN = 320;
const ROW = 64;
const COLOURS = { healthy: "#1a7f37", warning: "#9a6700", critical: "#cf222e" } as const;

/** Lays connections out in three columns: providers, services, consumers; each thing is one node however many share it. */
export function mapOf(connections: readonly Connection[]): { nodes: Node[]; edges: Edge[] } {
  const columns = [new Map<string, string>(), new Map<string, string>(), new Map<string, string>()] as const;
  const edges = new Map<string, Edge>();
  for (const { connectionId, serviceId, service, consumer, health, reason } of connections) {
    const provider = `provider ${service?.provider ?? serviceId}`;
    const receiver = `consumer ${consumer.repositoryId}`;
    columns[0].set(provider, service?.provider ?? "taken back");
    columns[1].set(serviceId, service?.slug ?? "taken back");
    columns[2].set(receiver, consumer.fullName ?? consumer.repositoryId);
    edges.set(`${provider} ${serviceId}`, {
      id: `${provider} ${serviceId}`,
      source: provider,
      target: serviceId,
    });
    edges.set(connectionId, {
      id: connectionId,
      source: serviceId,
      target: receiver,
      style: { stroke: COLOURS[health], strokeWidth: 2 },
      ariaLabel: `${service?.slug} to ${consumer.fullName}: ${reason}`,
    });
  }
  const nodes = columns.flatMap((column, x) =>
    [...column].map(
      ([id, label], y): Node => ({
        id,
        data: { label },
        position: { x: x * COLUMN, y: y * ROW },
        sourcePosition: "right" as never,
        targetPosition: "left" as never,
        type: x === 0 ? "input" : x === 2 ? "output" : "default",
      }),
    ),
  );
  return { nodes, edges: [...edges.values()] };
}
