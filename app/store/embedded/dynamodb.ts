import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import dynalite from "dynalite";
import { type Answer, known, type Request } from "./answer.ts";
import { partsOf } from "./parts-of.ts";
import type { Definition, Item, Keys } from "./places.ts";
import { isPlain } from "./plain-values.ts";
import { rememberExpressions } from "./remember-expressions.ts";
import { EmbeddedTables } from "./tables.ts";

type Body = Record<string, unknown>;
interface ApiError extends Error {
  statusCode?: number;
  body?: { __type: string; message?: string; Message?: string };
}
type Action = (
  store: EmbeddedTables,
  body: Body,
  done: (error: ApiError | null, answer?: Body) => void,
) => void;
interface Database extends Keys {
  create(): unknown;
  updateIndexes(
    store: EmbeddedTables,
    table: Definition,
    before: Item | undefined,
    after: Item | null,
    done: (error: Error | null) => void,
  ): void;
}
interface Validation {
  types: object;
  custom?: unknown;
}
interface Validations {
  validateAttributeValue(value: Record<string, unknown>): string | undefined;
  checkTypes(body: Body, types: object): Body;
  checkValidations(body: Body, types: object, custom: unknown, store: EmbeddedTables): void;
}

/** That every member is of its type is what the SDK sees to; of what is asked thousands of times it is not checked again. */
const OF_ITEMS = new Set([
  "getItem",
  "putItem",
  "updateItem",
  "deleteItem",
  "query",
  "batchGetItem",
  "batchWriteItem",
]);

const parts = partsOf("dynalite");
const validations = parts<Validations>("./validations");
const { validateAttributeValue } = validations;
// Each value of each write is looked at.
validations.validateAttributeValue = (value) => (isPlain(value) ? undefined : validateAttributeValue(value));
const database = parts<Database>("./db");
database.updateIndexes = (store, table, before, after, done) => {
  store.updateIndexes(table, before ?? null, after);
  done(null);
};
for (const kind of ["condition", "update"]) rememberExpressions(parts(`./db/${kind}Parser`));

/** DynamoDB's stand-in: dynalite's actions over {@link EmbeddedTables}. */
export class EmbeddedDynamoDB {
  readonly #tables: EmbeddedTables;
  readonly #server: Server;

  /** Keeps its tables in a file, or in memory. */
  constructor(file?: string) {
    const { create } = database;
    this.#tables = new EmbeddedTables(database, file);
    database.create = () => this.#tables;
    try {
      this.#server = dynalite();
    } finally {
      database.create = create;
    }
  }

  /** Answers on loopback, to whoever asks: it knows no passwords. Returns where. */
  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /**
   * Answers a request once all that the answer tells is on the disk for good.
   *
   * @throws DiskFailed where that fails; the process ends then
   */
  async answer({ action, body }: Request): Promise<Answer> {
    const { types, custom } = parts<Validation>(`./validations/${action}`);
    const act = parts<Action>(`./actions/${action}`);
    try {
      const output = await this.#tables.answer<Body>((done) => {
        const given = OF_ITEMS.has(action) ? known(body) : validations.checkTypes({ ...body }, types);
        validations.checkValidations(given, types, custom, this.#tables);
        act(this.#tables, given, done);
      });
      return { output: output ?? {} };
    } catch (error) {
      const { body: said, statusCode: status = 400 } = error as ApiError;
      if (!said) throw endWith(error as Error);
      const name = said.__type.split("#").pop() ?? "";
      return { refused: { name, message: said.message ?? said.Message ?? "", status } };
    }
  }

  async close(): Promise<void> {
    if (this.#server.listening) {
      this.#server.closeAllConnections();
      // Its database is closed with it.
      await new Promise((done) => this.#server.close(done));
    } else await new Promise((done) => this.#tables.lifecycleManager.gracefulClose(done));
  }
}

/** That the disk is full or fails. */
class DiskFailed extends Error {
  override name = "DiskFailed";
}

/**
 * Ends the process, where the disk is full or fails: only whoever starts anew knows what is stored. Returns
 * what to throw meanwhile; another than what ends it, since whoever catches may add to it what is no log's.
 */
function endWith({ message }: Error): DiskFailed {
  const made = () =>
    new DiskFailed(
      `The data folder cannot be written to (${message}). See to its disk and start Zekt again: what it has accepted is kept.`,
    );
  setImmediate(() => {
    throw made();
  });
  return made();
}
