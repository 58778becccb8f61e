import type { ArchivedPayload } from "../records/archived-payload.ts";
import type { Delivery } from "../records/delivery.ts";
import type { RunFacts } from "../records/event.ts";
import { pickRunFields } from "./event.ts";

/**
 * A CloudEvent in its JSON format.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export interface CloudEvent {
  specversion: "1.0";
  id: string;
  source: string;
  type: string;
  subject?: string;
  time: string;
  datacontenttype?: string;
  /** Absent where the message stays with Zekt. */
  data?: unknown;
}

/** The version of CDEvents that a run without a message is announced by, and that version's type of it. */
export const CDEVENTS_VERSION = "0.4.1";
export const RUN_FINISHED = "dev.cdevents.pipelinerun.finished.0.2.0";

type Announced = Pick<
  Delivery,
  "deliveryId" | "correlationId" | "eventType" | "source" | "createdAt" | "shield"
>;

/** The type of a shielded message, which is a JWE: https://www.rfc-editor.org/rfc/rfc7516#section-10.1 */
const JWE_TYPE = "application/jose+json";

/**
 * Builds a delivery's CloudEvent. Its id is the delivery's, so that another attempt of it is known as a duplicate. A
 * message is its data, under the type that its provider gave it. A run without one is a CDEvent.
 */
export function cloudEventOf(
  { deliveryId, correlationId, eventType, source, createdAt, shield }: Announced,
  { run, body }: Readonly<ArchivedPayload>,
  message: { data?: unknown },
): CloudEvent {
  const shown = pickRunFields(run, source.runFields);
  const common = {
    specversion: "1.0" as const,
    id: deliveryId,
    source: referenceTo(source.repo, source.slug),
    subject: correlationId,
    // Where the service does not let a moment travel, the delivery's own stands for it.
    time: shown.updated_at ?? createdAt,
  };
  if (body !== null) {
    const typed = { ...common, type: plainText(eventType) };
    const datacontenttype = shield ? JWE_TYPE : "application/json";
    return "data" in message ? { ...typed, datacontenttype, ...message } : typed;
  }
  return {
    ...common,
    type: RUN_FINISHED,
    datacontenttype: "application/cdevents+json",
    data: runFinished(common, shown, source.slug),
  };
}

/** Returns names as a path, which a URI reference is: `/acme/libraries/releases`. */
export const referenceTo = (...names: readonly string[]): string =>
  names.flatMap((name) => name.split("/").map((part) => `/${encodeURIComponent(part)}`)).join("");

/** Returns a text without the characters that an attribute of a CloudEvent must not hold. */
const plainText = (text: string): string =>
  text.replaceAll(/\p{Cc}|\p{Cs}|\p{Noncharacter_Code_Point}/gu, "\u{fffd}");

/**
 * Returns a run as CDEvents has it. Of what its provider does not let travel it holds nothing.
 * https://github.com/cdevents/spec/blob/v0.4.1/schemas/pipelinerunfinished.json
 */
const runFinished = (
  { id, source, subject, time }: { id: string; source: string; subject: string; time: string },
  { name, html_url, conclusion }: Partial<RunFacts>,
  slug: string,
) => ({
  context: { version: CDEVENTS_VERSION, id, source, type: RUN_FINISHED, timestamp: time },
  subject: {
    id: subject,
    type: "pipelineRun",
    content: {
      pipelineName: name ?? slug,
      ...(html_url === undefined ? {} : { url: html_url }),
      ...(conclusion === undefined ? {} : outcomeOf(conclusion)),
    },
  },
});

const GOOD: ReadonlySet<string> = new Set(["success", "neutral", "skipped"]);

/** Returns GitHub's conclusion by the three words of CDEvents; `error` for what no job's own result is. */
function outcomeOf(conclusion: string | null): { outcome: string; errors?: string } {
  if (conclusion !== null && GOOD.has(conclusion)) return { outcome: "success" };
  const outcome = conclusion === "failure" || conclusion === "timed_out" ? "failure" : "error";
  return { outcome, errors: `The run ended as ${conclusion ?? "unknown"}.` };
}
