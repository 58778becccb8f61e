import { createHash } from "node:crypto";
import { DATA, NAMED_SCHEMAS } from "../intake/schema-bounds.ts";
import type { DeclaredType } from "../records/declared-type.ts";
import { uniqueNames } from "./typescript-types.ts";

/** The service that a document describes, as those who may subscribe to it see it. */
export interface DescribedService {
  /** `owner/repository/slug` or `alias/slug`. */
  name: string;
  slug: string;
  description: string;
  types: readonly DeclaredType[];
}

const SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12";

/**
 * Describes a service's messages by AsyncAPI 3.0. The service is a channel, and its provider sends to it. A schema's own
 * references are written as the document has its parts.
 * https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */
export function asyncApiOf({ name, slug, description, types }: DescribedService): Record<string, unknown> {
  const keys = uniqueNames(types.map((type) => type.name.replaceAll(/[^\w.-]/g, "_")));
  const keyed = types.map((type, index) => [keys[index] as string, type] as const);
  const all = <T>(make: (key: string, type: DeclaredType) => T): Record<string, T> =>
    Object.fromEntries(keyed.map(([key, type]) => [key, make(key, type)]));
  const refTo = (...path: string[]) => ({ $ref: `#/${path.join("/")}` });
  return {
    asyncapi: "3.0.0",
    info: { title: name, version: digestOf(types), description },
    defaultContentType: "application/json",
    channels: {
      [slug]: { address: name, messages: all((key) => refTo("components", "messages", key)) },
    },
    operations: {
      send: {
        action: "send",
        channel: refTo("channels", slug),
        messages: keys.map((key) => refTo("channels", slug, "messages", key)),
      },
    },
    components: {
      messages: all((key, type) => ({
        name: type.name,
        title: `${type.name} ${type.version}`,
        description: type.description,
        payload: refTo("components", "schemas", key),
        ...(type.example === undefined ? {} : { examples: [{ payload: type.example }] }),
      })),
      schemas: all((key, { schema }) => ({
        schemaFormat: SCHEMA_FORMAT,
        schema: schema === null ? true : moved(schema, `#/components/schemas/${key}/schema`),
      })),
    },
  };
}

/** Returns the version of a document: the same for the same types. When they changed is not told. */
const digestOf = (types: readonly DeclaredType[]): string =>
  createHash("sha256").update(JSON.stringify(types)).digest("hex").slice(0, 12);

/** Returns a schema, or schemas by names, whose references lead to its place in a document. Data has none. */
function moved(part: unknown, place: string, areNames = false): unknown {
  if (Array.isArray(part)) return part.map((one) => moved(one, place));
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => {
      if (areNames) return [key, moved(value, place)];
      if (key === "$ref" && typeof value === "string") return [key, `${place}${value.slice(1)}`];
      return [key, DATA.has(key) ? value : moved(value, place, NAMED_SCHEMAS.has(key))];
    }),
  );
}
