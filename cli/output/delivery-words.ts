import { styleText } from "node:util";
import type { Delivery } from "../api/types.ts";
import type { Io } from "../io.ts";
import { visible } from "./visible.ts";

const COLOURS = {
  Pending: "yellow",
  Dispatched: "cyan",
  Confirmed: "cyan",
  Completed: "green",
  Failed: "red",
} as const satisfies Record<Delivery["status"], string>;

/** Returns a delivery's status, in its colour where a person looks. */
export const statusWord = (io: Pick<Io, "showsColour">, status: Delivery["status"]): string =>
  io.showsColour ? styleText(COLOURS[status], status, { validateStream: false }) : visible(status);

interface OfService {
  service: Pick<Delivery["service"], "name" | "alias">;
}

/** Returns the one name of a service, as commands take it; an alias says that it is one, as it may look like an owner's. */
export const serviceName = ({ service: { name, alias } }: OfService): string =>
  visible(`${name}${alias ? " (alias)" : ""}`);

/** Returns the consumer's name; its id where the name is not known. */
export const consumerName = ({ consumer }: Delivery): string =>
  visible(consumer.fullName ?? consumer.repositoryId);

/** Returns what sets a delivery apart from others. */
export const marksOf = ({ isTest, replayOf, durable }: Delivery): string =>
  [isTest && "test", replayOf !== null && "replay", durable && "durable"].filter(Boolean).join(", ");
