import type { Zekt } from "../../deps.ts";
import type { Joint } from "../../domain/intake/client-payload.ts";
import type { Joined, WorkflowEvent } from "../../domain/intake/event.ts";
import { archiveKeyOf } from "../../domain/intake/routing.ts";

/** Archives the joined payload of an event and a message; returns its size in bytes. Doing so again changes nothing. */
export async function archive(zekt: Zekt, event: WorkflowEvent, joined: Joined): Promise<number> {
  const { message } = joined;
  const body = message === null ? null : (message.body ?? (await readBody(zekt, message.bodyKey)));
  const joint: Joint = { run: event.run, body, sha256: message?.sha256 ?? null, size: message?.size ?? 0 };
  const text = JSON.stringify(joint);
  await zekt.store.archive.put(archiveKeyOf(event, joined), text);
  return Buffer.byteLength(text);
}

async function readBody(zekt: Zekt, bodyKey: string | null): Promise<string> {
  const body = bodyKey === null ? null : await zekt.store.archive.get(bodyKey);
  if (body === null) throw new Error(`The message body ${bodyKey} is not in the archive.`);
  return body;
}

/** Reads a delivery's archived payload, or null once its 90 days are over. */
export async function readArchived(zekt: Zekt, archiveKey: string): Promise<Joint | null> {
  const text = await zekt.store.archive.get(archiveKey);
  return text === null ? null : (JSON.parse(text) as Joint);
}
