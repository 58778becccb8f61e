import { createHash } from "node:crypto";
import { serviceInput, slugSchema } from "../app/domain/catalog/service-input.ts";
import type { ShownDelivery } from "../app/domain/intake/client-payload.ts";
import { runFieldsOf } from "../app/domain/intake/event.ts";
import { depthOf } from "../app/domain/intake/json-text.ts";
import { MAX_MESSAGE_BYTES, MAX_MESSAGE_DEPTH } from "../app/domain/limits.ts";
import type { ArchivedPayload } from "../app/domain/records/archived-payload.ts";
import type { EventFormat } from "../app/domain/records/subscription.ts";
import { compactJson } from "../shared/compact-json.ts";
import { CommandError, EXIT } from "./exit.ts";

/** A service as consumers name it. */
export interface ServiceName {
  slug: string;
  /** The owner's login, or the alias. */
  provider: string;
  /** `owner/name`, or the alias. */
  repo: string;
  alias: string | null;
}

/** The run that a fixture is about; it never was, and is the same each time. */
const RUN_ID = 9_000_000_000_000_001;
const RUN_AT = "2026-01-31T09:30:00Z";
const DELIVERY_ID = "delivery-00000000-0000-5000-8000-000000000001";

/** Reads `owner/repository/slug` or `alias/slug`; null for another text. */
export function serviceNamed(text: string): ServiceName | null {
  const parts = text.split("/");
  const [owner = "", name = "", slug = parts[1] ?? ""] = parts;
  if (!slugSchema.safeParse(slug).success) return null;
  if (parts.length === 2) {
    const alias = serviceInput.shape.alias.safeParse(owner);
    return alias.success ? { slug, provider: owner, repo: owner, alias: owner } : null;
  }
  if (parts.length !== 3 || ![owner, name].every((part) => /^[\w.-]+$/.test(part))) return null;
  return { slug, provider: owner, repo: `${owner}/${name}`, alias: null };
}

/**
 * Returns a delivery that never was, and its payload, for the server's own code to make a dispatch of.
 *
 * @throws CommandError for a message that Zekt would refuse
 */
export function fixtureOf({
  service,
  eventType,
  body,
  isPrivate,
  format,
}: {
  service: ServiceName;
  eventType: string;
  /** The message's JSON; null for an event alone. */
  body: string | null;
  isPrivate: boolean;
  format: EventFormat;
}): { delivery: ShownDelivery; archived: ArchivedPayload } {
  const { slug, provider, repo, alias } = service;
  const runFields = runFieldsOf({ alias, runFields: null }, { private: isPrivate });
  const delivery = {
    eventType,
    correlationId: String(RUN_ID),
    deliveryId: DELIVERY_ID,
    source: { serviceId: "", slug, provider, repo, runFields },
    messageAttempt: body === null ? null : 1,
    replayOf: null,
    durable: null,
    isTest: true,
    trace: { hops: 0, causedBy: null },
    createdAt: RUN_AT,
    format,
  };
  const run = {
    id: RUN_ID,
    run_attempt: 1,
    name: "Release",
    path: ".github/workflows/release.yml",
    event: "push",
    conclusion: "success",
    head_branch: "main",
    head_sha: "0".repeat(40),
    html_url: `https://github.com/${repo}/actions/runs/${RUN_ID}`,
    actor: "octocat",
    display_title: "A run that never was",
    created_at: RUN_AT,
    run_started_at: RUN_AT,
    updated_at: RUN_AT,
  };
  return { delivery, archived: { run, ...messageOf(body) } };
}

function messageOf(given: string | null): Omit<ArchivedPayload, "run"> {
  if (given === null) return { body: null, sha256: null, size: 0 };
  try {
    JSON.parse(given);
  } catch (error) {
    throw new CommandError(EXIT.refused, `The message is no JSON: ${(error as Error).message}`);
  }
  const body = compactJson(given);
  const size = Buffer.byteLength(body);
  if (size > MAX_MESSAGE_BYTES) {
    throw new CommandError(
      EXIT.refused,
      `The message has ${size} bytes as JSON in UTF-8; the limit is ${MAX_MESSAGE_BYTES}.`,
    );
  }
  if (depthOf(body) > MAX_MESSAGE_DEPTH) {
    const most = `${MAX_MESSAGE_DEPTH} lists and objects`;
    throw new CommandError(EXIT.refused, `The message must not be nested deeper than ${most}.`);
  }
  return { body, size, sha256: createHash("sha256").update(body).digest("hex") };
}
