import { deflateSync, inflateSync } from "node:zlib";
import { type Condition, UNREADABLE } from "../ports.ts";
import type { TableName } from "../tables.ts";
import { DICTIONARY } from "./packing-dictionary.ts";

/*
 * DynamoDB charges a write by the kilobyte, and an attribute's name as its value. A delivery takes two kilobytes as it
 * is, is written five times, and is stored for 396 days; packed, it takes less than one. What reads an item whole sees
 * no difference. What DynamoDB itself has to see stays as it is: keys, those of indexes, the TTL, and what conditions
 * name. SQLite charges nothing by the kilobyte, and packs nothing.
 */

/** The attributes of a table's items that are packed. */
interface Packed {
  /** Those packed into one attribute. No condition and no update can name them. */
  together: ReadonlySet<string>;
  /** Those packed each by itself: a condition may ask whether they are there, and an update may set them. */
  alone: ReadonlySet<string>;
}

/** Holds all that is packed together. */
const TOGETHER = "packed";

const NOTHING: Packed = { together: new Set(), alone: new Set() };

const PACKED: Partial<Record<TableName, Packed>> = {
  deliveries: {
    together: new Set([
      "ambiguousRuns",
      "archiveKey",
      "attempts",
      "completedAt",
      "conclusion",
      "confirmationAttempts",
      "confirmedAt",
      "consumerOwnerId",
      "deliveryId",
      "dispatchedAt",
      "dueFor",
      "durable",
      "eventId",
      "eventType",
      "failure",
      "firstOwner",
      "format",
      "isFinalized",
      "isTest",
      "messageAttempt",
      "messageId",
      "notBefore",
      "owners",
      "parkedAt",
      "providerOwnerId",
      "ref",
      "releasedRuns",
      "replayOf",
      "replayedBy",
      "runEndedAt",
      "shield",
      "slotAt",
      "source",
      "stall",
      "start",
      "trace",
      "workflow",
    ]),
    alone: new Set(),
  },
  // A version before packing would archive the bytes of a body or a run as they are. Without them its routing fails,
  // and is tried again.
  runs: { together: new Set(["body", "run"]), alone: new Set(["plan"]) },
  // Schemas and examples are anybody's JSON: with numbers and names that DynamoDB or its client refuses, and in an
  // order that its maps do not have.
  catalog: { together: new Set(), alone: new Set(["types"]) },
};

const dictionary = Buffer.from(DICTIONARY);

type Attributes = Record<string, unknown>;

/** Packs and unpacks the items of one table. */
export class Packing {
  readonly #packed: Packed;

  constructor(table: TableName) {
    this.#packed = PACKED[table] ?? NOTHING;
  }

  /** Returns an item as it is stored. */
  pack(item: object): Attributes {
    if (this.#packed === NOTHING) return item as Attributes;
    const { together } = this.#packed;
    const stored: Attributes = {};
    const parts: Attributes = {};
    for (const [name, value] of Object.entries(item)) {
      if (value === undefined) continue;
      if (together.has(name)) parts[name] = value;
      else stored[name] = this.value(name, value);
    }
    if (Object.keys(parts).length > 0) stored[TOGETHER] = packed(parts);
    return stored;
  }

  /**
   * Returns an attribute's value as it is stored alone; undefined where it is to be removed. An empty list stays one,
   * which versions before packing read.
   *
   * @throws Error where the attribute is packed together with others
   */
  value(name: string, value: unknown): unknown {
    this.#requireAlone(name);
    return this.#packed.alone.has(name) && !isNothing(value) ? packed(value) : value;
  }

  /**
   * Returns a condition, which names only what DynamoDB sees.
   *
   * @throws Error where it names what is packed
   */
  condition(condition: Condition): Condition {
    for (const check of condition) {
      if (!("attribute" in check)) continue;
      this.#requireAlone(check.attribute);
      if ("value" in check && this.#packed.alone.has(check.attribute))
        throw new Error(`${check.attribute} is packed, so that its value cannot be compared.`);
    }
    return condition;
  }

  #requireAlone(name: string): void {
    if (this.#packed.together.has(name))
      throw new Error(`${name} is packed together with others, so that it cannot be named alone.`);
  }

  /**
   * Returns an item as it was before it was packed; one that a version before packing wrote, as it is.
   *
   * @throws Error where this version cannot read it; it holds nothing of the item
   */
  unpack(stored: Attributes): Attributes {
    if (this.#packed === NOTHING) return stored;
    const { [TOGETHER]: parts, [UNREADABLE]: _, ...rest } = stored;
    const item = parts instanceof Uint8Array ? unpackedParts(parts) : {};
    // A version before packing that changed an item wrote beside what was packed: that is newer.
    for (const [name, value] of Object.entries(rest))
      item[name] = value instanceof Uint8Array ? unpacked(value) : value;
    return item;
  }
}

const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0);

const packed = (value: unknown): Uint8Array => deflateSync(JSON.stringify(value), { dictionary });

const unpackedParts = (bytes: Uint8Array): Attributes => {
  const parts = unpacked(bytes);
  if (typeof parts !== "object" || parts === null || Array.isArray(parts))
    throw cannotUnpack("NO_ATTRIBUTES");
  return parts as Attributes;
};

/**
 * Reads what was packed. It begins with its dictionary's checksum and ends with its own. So what another dictionary
 * packed, or what is damaged, is never read as something else.
 *
 * @throws Error where this version cannot read it
 */
function unpacked(bytes: Uint8Array): unknown {
  let json: string;
  try {
    json = inflateSync(bytes, { dictionary }).toString();
  } catch (error) {
    throw cannotUnpack((error as NodeJS.ErrnoException).code ?? "NO_DEFLATE");
  }
  try {
    return JSON.parse(json) as unknown;
  } catch {
    // What the parser says quotes the text, which belongs in no log.
    throw cannotUnpack("NO_JSON");
  }
}

const cannotUnpack = (reason: string): Error =>
  new Error(`It cannot be unpacked: a later version of Zekt packed it, or it is damaged (${reason}).`);
