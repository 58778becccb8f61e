import type { Delivery } from "../api/types.ts";
import type { Io } from "../io.ts";
import { consumerName, marksOf, serviceName, statusWord } from "./delivery-words.ts";
import { visible } from "./visible.ts";

/** The columns of a list of deliveries. */
export const DELIVERY_COLUMNS = [
  "DELIVERY",
  "CREATED",
  "STATUS",
  "EVENT TYPE",
  "SERVICE",
  "CONSUMER",
  "MARKS",
] as const;

/** Returns a delivery's cells. */
export const deliveryRow = (io: Pick<Io, "showsColour">, one: Delivery): string[] => [
  visible(one.deliveryId),
  visible(one.createdAt),
  statusWord(io, one.status),
  visible(one.eventType),
  serviceName(one),
  consumerName(one),
  marksOf(one),
];
