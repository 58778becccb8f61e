import { API_PARAMETERS, BACKGROUND_PARAMETERS, INTAKE_PARAMETERS } from "../app/lambda/parameter-names.ts";
import type { QueueName } from "../app/store/queues.ts";
import type { TableName } from "../app/store/tables.ts";

export type FunctionName = "webhooks" | "api" | "worker" | "schedule";

/** An action on a table. One item and several are read with the same right: the code chooses at run time. */
export type TableAction = "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "Query";

/** A prefix of the archive's keys. */
export type Prefix = "events" | "messages" | "plans" | "exports";

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

/**
 * Each function's access: what its code asks for. The tests hold it to what can be read from the code, and to
 * what the packaged functions were seen to ask for.
 */
export const access: Record<FunctionName, Access> = {
  webhooks: {
    tables: {
      accounts: { actions: ["GetItem", "UpdateItem"] },
      runs: { actions: ["PutItem"] },
      meters: { actions: ["BatchWriteItem"] },
      guards: { actions: ["GetItem", "DeleteItem"] },
      jobs: { actions: ["BatchWriteItem"] },
    },
    archive: {},
    sends: ["routing"],
    works: [],
    parameters: INTAKE_PARAMETERS,
  },
  api: {
    tables: {
      accounts: {
        actions: ["GetItem", "UpdateItem", "DeleteItem"],
        indexes: ["byOwner", "byName"],
      },
      catalog: {
        actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"],
        indexes: ["byId", "byConsumer", "directory"],
      },
      runs: {
        actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "Query"],
        indexes: ["byRepository", "due"],
      },
      deliveries: {
        actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"],
        indexes: ["bySubscription", "byConsumer", "byProvider", "byCorrelation", "due"],
      },
      meters: { actions: ["GetItem", "PutItem", "BatchWriteItem", "Query"] },
      guards: { actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "Query"] },
      jobs: { actions: ["GetItem", "BatchWriteItem", "Query"], indexes: ["due"] },
      sessions: { actions: ["GetItem", "PutItem", "DeleteItem"] },
    },
    archive: {
      put: ["messages"],
      // An export's file is fetched from S3 itself, in the API's name.
      get: ["events", "messages", "exports"],
      // An owner's data is erased at once, as far as one request goes.
      delete: ["events", "messages", "plans", "exports"],
      list: ["events", "messages", "plans", "exports"],
    },
    sends: ["routing", "delivery"],
    works: [],
    parameters: API_PARAMETERS,
  },
  worker: {
    tables: {
      accounts: {
        actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem"],
        indexes: ["byOwner", "byName"],
      },
      catalog: {
        actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"],
        indexes: ["byId", "byConsumer"],
      },
      runs: {
        actions: ["GetItem", "PutItem", "UpdateItem", "BatchWriteItem", "Query"],
        indexes: ["byRepository"],
      },
      deliveries: {
        actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"],
        indexes: ["bySubscription", "byConsumer", "byProvider"],
      },
      meters: { actions: ["GetItem", "PutItem", "BatchWriteItem", "Query"] },
      guards: {
        actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "Query"],
      },
      jobs: {
        actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "Query"],
      },
    },
    archive: {
      put: ["events", "plans", "exports"],
      get: ["events", "messages", "plans", "exports"],
      delete: ["events", "messages", "plans", "exports"],
      list: ["events", "messages", "plans", "exports"],
    },
    sends: ["routing", "delivery"],
    works: ["routing", "delivery"],
    parameters: BACKGROUND_PARAMETERS,
  },
  schedule: {
    tables: {
      accounts: { actions: ["GetItem", "UpdateItem"], indexes: ["due"] },
      catalog: { actions: ["GetItem"], indexes: ["byId"] },
      runs: { actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem"], indexes: ["due"] },
      deliveries: { actions: ["GetItem", "PutItem", "UpdateItem"], indexes: ["due", "bySubscription"] },
      meters: {
        actions: ["GetItem", "PutItem", "DeleteItem", "BatchWriteItem", "Query"],
        indexes: ["due"],
      },
      guards: {
        actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "Query"],
      },
      jobs: { actions: ["GetItem", "UpdateItem", "BatchWriteItem"], indexes: ["due"] },
    },
    archive: {},
    sends: ["routing", "delivery"],
    works: [],
    parameters: BACKGROUND_PARAMETERS,
  },
};
