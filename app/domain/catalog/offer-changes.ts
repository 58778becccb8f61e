import { SchemaFault } from "../intake/schema-bounds.ts";
import { pointerOf } from "../parse-input.ts";
import type { DeclaredType } from "../records/declared-type.ts";
import type { Service } from "../records/service.ts";
import type { Subscription } from "../records/subscription.ts";
import { type SchemaObject, schemaChanges, type Verdict } from "./schema-compatibility.ts";

/** The parts of a service that its subscribers rely on. */
export type OfferedTypes = Pick<Service, "slug" | "published" | "eventTypes" | "types">;

/** A change of what a service offers that breaks its subscribers, or may. */
export interface OfferChange {
  slug: string;
  /** The event type that it concerns; null for all. */
  eventType: string | null;
  /** The place in the list of services as it is now; empty for a service that is not in it. */
  path: readonly PropertyKey[];
  verdict: Verdict;
  detail: string;
}

/** Compares what a provider offered with what it offers now. A service is known by its slug. */
export const offerChanges = (
  before: readonly OfferedTypes[],
  after: readonly OfferedTypes[],
): OfferChange[] =>
  before
    .filter(({ published }) => published)
    .flatMap((was): OfferChange[] => {
      const index = after.findIndex(({ slug }) => slug === was.slug);
      const now = after[index];
      const { slug } = was;
      const all = (path: readonly PropertyKey[], detail: string): OfferChange[] => [
        { slug, eventType: null, path, verdict: "breaks", detail },
      ];
      if (!now) return all([], "the service is not offered any more");
      if (!now.published) return all([index, "published"], "nothing is sent through it any more");
      return [...stoppedTypes(was, now, index), ...changedTypes(was, now, index)];
    });

const allows = ({ eventTypes }: OfferedTypes, type: string): boolean =>
  eventTypes.length === 0 || eventTypes.includes(type);

function stoppedTypes(was: OfferedTypes, now: OfferedTypes, index: number): OfferChange[] {
  const path = [index, "eventTypes"];
  const { slug } = was;
  const declared = (was.types ?? []).map(({ name }) => name);
  const stopped = [...new Set([...was.eventTypes, ...declared])].filter(
    (type) => allows(was, type) && !allows(now, type),
  );
  const changes = stopped.map(
    (eventType): OfferChange => ({
      slug,
      eventType,
      path,
      verdict: "breaks",
      detail: "it does not leave any more",
    }),
  );
  if (was.eventTypes.length > 0 || now.eventTypes.length === 0) return changes;
  const detail = `only ${now.eventTypes.join(", ")} may leave now, where every type could`;
  return [...changes, { slug, eventType: null, path, verdict: "may-break", detail }];
}

function changedTypes(was: OfferedTypes, now: OfferedTypes, index: number): OfferChange[] {
  return (was.types ?? []).flatMap((type): OfferChange[] => {
    if (type.schema === null || !allows(now, type.name)) return [];
    const at = (now.types ?? []).findIndex(({ name }) => name === type.name);
    const next = now.types?.[at];
    const path = [index, "types", ...(next ? [at] : [])];
    const changes = next ? changesOf(type, type.schema, next) : [GONE];
    return changes.map((one) => ({
      slug: was.slug,
      eventType: type.name,
      ...one,
      path: [...path, ...one.path],
    }));
  });
}

type TypeChange = Pick<OfferChange, "path" | "verdict" | "detail">;

const GONE: TypeChange = {
  path: [],
  verdict: "breaks",
  detail: "it is not declared any more, so that a message may be anything",
};

function changesOf(was: DeclaredType, schema: SchemaObject, now: DeclaredType): TypeChange[] {
  if (now.schema === null)
    return [
      {
        path: ["schema"],
        verdict: "breaks",
        detail: "it has no schema any more, so that a message may be anything",
      },
    ];
  const isLoose = was.mode === "enforce" && now.mode === "warn";
  const loosened: TypeChange = {
    path: ["mode"],
    verdict: "may-break",
    detail: "a message that does not fit the schema comes, too, with a warning to its provider alone",
  };
  return [...(isLoose ? [loosened] : []), ...comparedSchemas(schema, now.schema)];
}

function comparedSchemas(before: SchemaObject, after: SchemaObject): TypeChange[] {
  try {
    return schemaChanges(before, after).map(({ path, verdict, detail }) => ({
      path: ["schema", ...path],
      verdict,
      detail: `${pointerOf(path) || "a message"} ${detail}`,
    }));
  } catch (error) {
    if (!(error instanceof SchemaFault)) throw error;
    return [
      { path: ["schema"], verdict: "may-break", detail: `the schemas cannot be compared: ${error.message}` },
    ];
  }
}

/** Returns whether a change concerns a subscription, by the event types that it wants. */
export const concerns = (
  { eventType }: OfferChange,
  { status, eventTypes }: Pick<Subscription, "status" | "eventTypes">,
): boolean =>
  status === "approved" && (eventType === null || eventTypes.length === 0 || eventTypes.includes(eventType));

/** Returns a change in words, with the subscribers that it concerns where they are known. */
export function changeInWords(
  { slug, eventType, verdict, detail }: OfferChange,
  subscribers: readonly string[] | null = null,
): string {
  const what = eventType === null ? slug : `${slug} (${eventType})`;
  const whom =
    subscribers === null
      ? ""
      : subscribers.length === 0
        ? " Nobody subscribed to it."
        : ` Subscribed: ${subscribers.join(", ")}.`;
  return `This ${verdict === "breaks" ? "breaks" : "may break"} subscribers of ${what}: ${detail}.${whom}`;
}
