import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setStage, until } from "../harness/stage.ts";
import { bringOn, dispatchesTo, sendMessage, silent, WORKFLOW } from "../harness/world.ts";
import { type Figures, figure } from "./support/figures.ts";

/** Events that are measured, after some that are not. */
const EVENTS = 100;
const MB = 1024 * 1024;

/** Measures the disk that a thousand events with one delivery each take on one machine, by the size of their message. */
export async function disk(say: (line: string) => void): Promise<Figures> {
  const figures: Figures = {};
  for (const kilobytes of [1, 50]) {
    const value = await megabytesOf(kilobytes);
    say(`${kilobytes} KB: ${value} MB`);
    figures[`disk: a thousand events with a message of ${kilobytes} KB`] = figure({ value, unit: "MB" });
  }
  return figures;
}

async function megabytesOf(kilobytes: number): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), "zekt-disk-"));
  const stage = await setStage({ log: silent, dataDir });
  const { control, world } = stage.github;
  world.settings.runWorkflows = false;
  control.configure({
    contentPerMinute: 1e9,
    contentPerHour: 1e9,
    pointsPerMinute: 1e9,
    requestsPerHour: 1e9,
  });
  try {
    const provider = await bringOn(stage, "acme/provider");
    const consumer = await bringOn(stage, "initech/consumer");
    await stage.api("acme-dev", "PATCH", `/repositories/${provider}`, { provider: true });
    await control.idle();
    await stage.api("acme-dev", "PUT", `/repositories/${provider}/workflows/${encodeURIComponent(WORKFLOW)}`);
    const offer = { slug: "releases", workflow: WORKFLOW, visibility: "public" };
    const { serviceId } = await stage.api<{ serviceId: string }>(
      "acme-dev",
      "POST",
      `/repositories/${provider}/services`,
      offer,
    );
    await stage.api("initech-dev", "PATCH", `/repositories/${consumer}`, { consumer: true });
    const { subscriptionId } = await stage.api<{ subscriptionId: string }>(
      "initech-dev",
      "POST",
      `/repositories/${consumer}/subscriptions`,
      { service: serviceId, eventTypes: ["built"] },
    );
    await stage.api("acme-dev", "POST", `/subscriptions/${subscriptionId}/approve`);
    const dispatches = dispatchesTo(stage, "initech/consumer");
    const publishAll = async (count: number): Promise<void> => {
      const before = dispatches.length;
      for (let n = 0; n < count; n++) {
        const run = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
        await sendMessage(stage, run.id, "built", {
          text: randomText(kilobytes * 1024),
        });
        await control.completeRun(run.id, "success");
      }
      // A budget's slots: what is not dispatched yet is stored all the same.
      await until(() => dispatches.length >= Math.min(before + count, 70));
    };
    await publishAll(20);
    const first = usedBytes(dataDir);
    await publishAll(EVENTS);
    await new Promise((done) => setTimeout(done, 3000));
    return ((usedBytes(dataDir) - first) / EVENTS / MB) * 1000;
  } finally {
    await stage.close();
    rmSync(dataDir, { recursive: true });
  }
}

/** Text that no page shares with another. */
const randomText = (length: number): string =>
  Array.from({ length: Math.ceil(length / 36) }, () => crypto.randomUUID()).join("");

/** Bytes of a database's pages that hold something. */
function usedBytes(dataDir: string): number {
  const db = new DatabaseSync(join(dataDir, "zekt.db"), { readOnly: true });
  const numberOf = (name: string): number =>
    Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
  const bytes = (numberOf("page_count") - numberOf("freelist_count")) * numberOf("page_size");
  db.close();
  return bytes;
}
