import type { Edge, Node } from "@xyflow/react";
import type { Connection } from "../api/types.ts";
import { providerWords } from "../ui/words.ts";

const COLUMN = 310;
const ROW = 44;
/** A node's size, which the small map draws it by. */
const SIZE = { width: 240, height: 34 };
const COLOURS = { healthy: "#1a7f37", warning: "#9a6700", critical: "#cf222e" } as const;
const WORST = ["critical", "warning", "healthy"] as const;
/** With more nodes than this a map begins with owners, to be opened one by one. */
const READABLE = 60;

export interface MapNode extends Node {
  data: {
    label: string;
    /** The owner that it stands for or belongs to. */
    group: string;
    /** True when it stands for all of an owner. */
    isGroup: boolean;
  };
}

export interface BrokeringMap {
  nodes: MapNode[];
  edges: Edge[];
  /** Things there would be with every owner opened. */
  total: number;
}

interface Way {
  connection: Connection;
  /** From the provider's repository over its workflow and service to the consumer. Behind an alias no workflow is known. */
  stops: readonly Stop[];
}

/** Repositories, workflows, services, consumers: from left to right. */
const COLUMNS = 4;
const SERVICES = 2;

interface Stop {
  id: string;
  column: number;
  label: string;
  group: string;
}

const ownerOf = (fullName: string): string => fullName.split("/", 1)[0] ?? fullName;

/** A workflow's file: all of them are in one folder. */
const fileOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

function wayOf(connection: Connection): Way {
  const { service, serviceId, consumer } = connection;
  const provider = service ? providerWords(service) : "removed";
  const name = consumer.fullName ?? consumer.repositoryId;
  const group = `provider ${provider}`;
  const repository = service?.repository ?? provider;
  const workflow = service?.workflow;
  return {
    connection,
    stops: [
      { id: `repository ${repository}`, column: 0, label: repository, group },
      ...(workflow
        ? [{ id: `workflow ${repository} ${workflow}`, column: 1, label: fileOf(workflow), group }]
        : []),
      { id: serviceId, column: SERVICES, label: service?.slug ?? "removed", group },
      {
        id: `consumer ${consumer.repositoryId}`,
        column: COLUMNS - 1,
        label: name,
        group: `consumer ${ownerOf(name)}`,
      },
    ],
  };
}

const countOf = (ways: readonly Way[]): number =>
  new Set(ways.flatMap(({ stops }) => stops.map(({ id }) => id))).size;

/** Returns whether one of the names along a connection contains a text. */
export const isFound = (connection: Connection, text: string): boolean => {
  const wanted = text.trim().toLowerCase();
  return wanted !== "" && wayOf(connection).stops.some(({ label }) => label.toLowerCase().includes(wanted));
};

/** The owners to be opened so that everything found is seen by its own name. */
export const groupsOf = (connections: readonly Connection[]): string[] => [
  ...new Set(connections.flatMap((one) => wayOf(one).stops.map(({ group }) => group))),
];

const plural = (count: number, what: string): string =>
  `${count} ${count === 1 ? what : what.replace(/y$/, "ie").concat("s")}`;

/**
 * Lays connections out in columns: repositories, their workflows, services, consumers; each thing is one node however
 * many share it. Of a large map the owners that are not opened stand as one node each on either side.
 */
export function mapOf(connections: readonly Connection[], opened: ReadonlySet<string>): BrokeringMap {
  const ways = connections.map(wayOf);
  const total = countOf(ways);
  const isSmall = total <= READABLE;
  const isOpen = ({ group }: Stop): boolean => isSmall || opened.has(group);
  const parts = Map.groupBy(
    ways.flatMap(({ stops }) => stops),
    ({ group }) => group,
  );
  const sizeOf = (group: string): string => {
    const isProvider = group.startsWith("provider ");
    const counted = (parts.get(group) ?? []).filter(({ column }) => !isProvider || column === SERVICES);
    const { size } = new Set(counted.map(({ id }) => id));
    return plural(size, isProvider ? "service" : "repository");
  };
  const columns = Array.from({ length: COLUMNS }, () => new Map<string, MapNode["data"]>());
  const edges = new Map<string, { from: string; to: string; of: Connection[] }>();
  for (const { connection, stops } of ways) {
    const drawn = stops.flatMap((stop) => {
      const { column } = stop;
      if (isOpen(stop)) {
        columns[column]?.set(stop.id, { label: stop.label, group: stop.group, isGroup: false });
        return [stop.id];
      }
      if (column > 0 && column < COLUMNS - 1) return [];
      const name = stop.group.replace(/^\w+ /, "");
      const label = `${name} · ${sizeOf(stop.group)}`;
      columns[column]?.set(stop.group, { label, group: stop.group, isGroup: true });
      return [stop.group];
    });
    for (const [index, to] of drawn.slice(1).entries()) {
      const from = drawn[index] as string;
      const id = `${from} → ${to}`;
      const edge = edges.get(id) ?? { from, to, of: [] };
      edge.of.push(connection);
      edges.set(id, edge);
    }
  }
  return {
    nodes: columns.flatMap((column, x) => nodesOf(column, x, Math.max(...columns.map(({ size }) => size)))),
    edges: [...edges].map(([id, { from, to, of }]) => edgeOf(id, from, to, of)),
    total,
  };
}

/** A column's nodes, one below the other, in the middle of the longest. */
const nodesOf = (column: ReadonlyMap<string, MapNode["data"]>, x: number, longest: number): MapNode[] =>
  [...column].map(
    ([id, data], y): MapNode => ({
      id,
      data,
      ...SIZE,
      position: { x: x * COLUMN, y: (y + (longest - column.size) / 2) * ROW },
      sourcePosition: "right" as never,
      targetPosition: "left" as never,
      type: x === 0 ? "input" : x === COLUMNS - 1 ? "output" : "default",
      className: data.isGroup ? "group" : "",
      ariaLabel: data.isGroup ? `${data.label}: open` : data.label,
    }),
  );

function edgeOf(id: string, source: string, target: string, of: readonly Connection[]): Edge {
  const health = WORST.find((one) => of.some((connection) => connection.health === one)) ?? "healthy";
  const [only] = of;
  return {
    id,
    source,
    target,
    data: { connectionId: of.length === 1 ? only?.connectionId : undefined },
    style: { stroke: COLOURS[health], strokeWidth: Math.min(6, 1.5 + Math.log2(of.length)) },
    ariaLabel: of.length === 1 ? `${only?.reason}` : `${of.length} connections, ${health} at worst`,
  };
}
