import { API_PARAMETERS, BACKGROUND_PARAMETERS, INTAKE_PARAMETERS } from "../app/lambda/parameter-names.ts";
import type { QueueName } from "../app/store/queues.ts";
import type { TableName } from "../app/store/tables.ts";

export type FunctionName = "webhooks" | "api" | "worker" | "schedule";

export type TableAction =
  | "GetItem"
  | "BatchGetItem"
  | "PutItem"
  | "UpdateItem"
  | "DeleteItem"
  | "BatchWriteItem"
  | "Query";

/** What the archive's keys begin with. */
export type Prefix = "events" | "messages" | "plans";

/** All that a function may do on AWS, besides writing its own log and traces. */
export interface Access {
  tables: Partial<Record<TableName, { actions: readonly TableAction[]; indexes?: readonly string[] }>>;
  archive: {
    put?: readonly Prefix[];
    get?: readonly Prefix[];
    delete?: readonly Prefix[];
    list?: readonly Prefix[];
  };
  /** Queues that it sends to. */
  sends: readonly QueueName[];
  /** Queues whose messages it is given. */
  works: readonly QueueName[];
  parameters: readonly string[];
}

/** Each function's access; a test holds it to what the packaged functions ask for, no more and no less. */
export const access: Record<FunctionName, Access> = {
  webhooks: {
    tables: {
      accounts: { actions: ["GetItem", "PutItem", "UpdateItem"] },
      runs: { actions: ["GetItem", "PutItem", "UpdateItem"] },
      meters: { actions: ["BatchWriteItem"] },
      guards: { actions: ["DeleteItem"] },
    },
    archive: {},
    sends: ["routing"],
    works: [],
    parameters: INTAKE_PARAMETERS,
  },
  api: {
    tables: {
      accounts: {
        actions: ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "Query"],
        indexes: ["byOwner", "byName"],
      },
      catalog: {
        actions: ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"],
        indexes: ["byId", "byConsumer", "directory"],
      },
      // A test event is decided at once, so that whoever sends it hears what stands in its way.
      runs: {
        actions: ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "Query"],
        indexes: ["byRepository"],
      },
      deliveries: {
        actions: ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "Query"],
        indexes: ["bySubscription", "byConsumer", "byProvider", "byCorrelation"],
      },
      meters: { actions: ["GetItem", "BatchGetItem", "BatchWriteItem", "PutItem", "Query"] },
      guards: { actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"] },
      sessions: { actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem"] },
    },
    archive: { put: ["messages"], get: ["events", "messages"], list: ["events"] },
    sends: ["routing", "delivery"],
    works: [],
    parameters: API_PARAMETERS,
  },
  worker: {
    tables: {
      accounts: {
        actions: ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"],
        indexes: ["byOwner", "byName"],
      },
      catalog: {
        actions: ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"],
        indexes: ["byId", "byConsumer"],
      },
      runs: {
        actions: [
          "GetItem",
          "BatchGetItem",
          "PutItem",
          "UpdateItem",
          "DeleteItem",
          "BatchWriteItem",
          "Query",
        ],
        indexes: ["byRepository"],
      },
      deliveries: {
        actions: [
          "GetItem",
          "BatchGetItem",
          "PutItem",
          "UpdateItem",
          "DeleteItem",
          "BatchWriteItem",
          "Query",
        ],
        indexes: ["bySubscription", "byConsumer", "byProvider", "byCorrelation"],
      },
      meters: { actions: ["GetItem", "BatchGetItem", "BatchWriteItem", "PutItem", "Query"] },
      guards: { actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"] },
    },
    archive: {
      put: ["events", "plans"],
      get: ["events", "messages", "plans"],
      delete: ["events", "messages", "plans"],
      list: ["events", "messages", "plans"],
    },
    sends: ["routing", "delivery"],
    works: ["routing", "delivery"],
    parameters: BACKGROUND_PARAMETERS,
  },
  schedule: {
    tables: {
      accounts: { actions: ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "Query"], indexes: ["due"] },
      catalog: { actions: ["GetItem", "Query"] },
      runs: { actions: ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem"], indexes: ["due"] },
      deliveries: {
        actions: ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "Query"],
        indexes: ["bySubscription", "byCorrelation", "due"],
      },
      meters: {
        actions: [
          "GetItem",
          "BatchGetItem",
          "BatchWriteItem",
          "PutItem",
          "UpdateItem",
          "DeleteItem",
          "Query",
        ],
        indexes: ["due"],
      },
      guards: { actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"] },
    },
    archive: {},
    sends: ["routing", "delivery"],
    works: [],
    parameters: BACKGROUND_PARAMETERS,
  },
};
