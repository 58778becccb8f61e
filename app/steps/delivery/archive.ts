import type { WorkerDeps } from "../../deps.ts";
import type { EventPart } from "../../domain/intake/event.ts";
import { archiveKeyOf } from "../../domain/intake/routing.ts";
import type { ArchivedPayload } from "../../domain/records/archived-payload.ts";
import type { WorkflowEvent } from "../../domain/records/event.ts";
import type { Message } from "../../domain/records/message.ts";

/** Archives the joined payload of an event and a message; returns its size in bytes. Doing so again changes nothing. */
export async function archive(deps: WorkerDeps, event: WorkflowEvent, joined: EventPart): Promise<number> {
  const { message } = joined;
  const body = message === null ? null : await bodyOf(deps, message);
  const joint: ArchivedPayload = {
    run: event.run,
    body,
    sha256: message?.sha256 ?? null,
    size: message?.size ?? 0,
  };
  const text = JSON.stringify(joint);
  await deps.store.archive.put(archiveKeyOf(event, joined), text);
  return Buffer.byteLength(text);
}

/**
 * Reads a message's JSON, from its item or from the archive.
 *
 * @throws Error where it is in neither
 */
export async function bodyOf(deps: WorkerDeps, { body: own, bodyKey }: Message): Promise<string> {
  const body = own ?? (bodyKey === null ? null : await deps.store.archive.get(bodyKey));
  if (body === null) throw new Error(`The message body ${bodyKey} is not in the archive.`);
  return body;
}

/** Reads a delivery's archived payload, or null once its 90 days are over. */
export async function readArchived(
  deps: WorkerDeps,
  archiveKey: string,
): Promise<Readonly<ArchivedPayload> | null> {
  return await deps.store.archive.getValue<ArchivedPayload>(archiveKey);
}
