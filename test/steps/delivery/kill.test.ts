import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MINUTE } from "../../../app/domain/clock.ts";
import { DEFAULT_LEASES } from "../../../app/domain/delivery/attempt.ts";
import { type LocalAws, startLocalAws } from "../../../harness/local-aws.ts";
import { awsSettings } from "../../../harness/process-options.ts";
import { WORKFLOW, workflowFile, zektOf } from "../../../harness/world.ts";
import { until, ZektProcess } from "../../../harness/zekt-process.ts";

/*
 * Zekt runs as a process of its own and is killed, without warning, while accepted events are on their
 * way; GitHub stays up. What GitHub was answered 202 for must arrive after a restart, and again only where
 * each further sending says that it may be a duplicate.
 */

const EVENTS = 4;

/**
 * SQS hides from everyone, for three minutes, what a killed process had received. The sweep enqueues such work again
 * once it is overdue; both clocks are set ahead for that at the end.
 */
const STORES = [
  { name: "SQLite", rounds: 10, ahead: 0 },
  { name: "DynamoDB, S3 and SQS", rounds: 4, ahead: 10 * MINUTE },
];

describe.concurrent.each(STORES)("on $name", ({ name, rounds, ahead }) => {
  let deps: ZektProcess;
  let provider = "";
  let aws: LocalAws | null = null;

  beforeAll(async () => {
    aws = name === "SQLite" ? null : await startLocalAws();
    deps = await ZektProcess.start(aws ? awsSettings(aws) : {});
    const { control, world } = deps.github;
    const files = { [WORKFLOW]: workflowFile("Release") };
    provider = await deps.bringOn("acme", files);
    const consumer = await deps.bringOn("initech", files);
    await deps.api("acme-dev", "PATCH", `/repositories/${provider}`, { provider: true });
    await control.idle();
    await deps.api("acme-dev", "PUT", `/repositories/${provider}/workflows/${encodeURIComponent(WORKFLOW)}`);
    const service = { slug: "s", workflow: WORKFLOW, visibility: "public" };
    const { serviceId } = await deps.api("acme-dev", "POST", `/repositories/${provider}/services`, service);
    await deps.api("initech-dev", "PATCH", `/repositories/${consumer}`, { consumer: true });
    const asked = { service: serviceId };
    const { subscriptionId } = await deps.api(
      "initech-dev",
      "POST",
      `/repositories/${consumer}/subscriptions`,
      asked,
    );
    await deps.api("acme-dev", "POST", `/subscriptions/${subscriptionId}/approve`);
    // A dispatch that takes a while makes for kills in the middle of one.
    world.settings.latencyMs = 30;
  });

  afterAll(async () => {
    await deps.close();
    await aws?.close();
  });

  test(`what was accepted arrives after a restart, ${rounds} kills at random points`, {
    timeout: 360_000,
  }, async () => {
    const accepted = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      const runs = await Promise.all(
        Array.from({ length: EVENTS }, () =>
          deps.github.control.startRun({ repository: "acme/repo", workflow: WORKFLOW }),
        ),
      );
      const completed = runs.map(async ({ id }) => {
        const [delivery] = await deps.github.control.completeRun(id, "success");
        if (delivery?.statusCode === 202) accepted.add(String(id));
      });
      // Every other round after its first answer, however late that comes on a busy machine; the others at any moment.
      if (round % 2 === 1) await Promise.race(completed);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
      await deps.kill();
      await Promise.all(completed);
      await deps.restart();
    }
    if (ahead > 0) {
      await deps.kill();
      // Time passes for both: one machine goes by GitHub's clock.
      deps.github.control.advanceClock(ahead);
      await deps.restart({ CLOCK_AHEAD: String(ahead) });
    }
    const { dispatches } = deps.github.control.repository("initech/repo");
    const arrived = () => new Set(dispatches.map((dispatch) => zektOf(dispatch).correlationId as string));
    await until(() => [...accepted].every((id) => arrived().has(id)), 60_000).catch(async () => {
      const { items } = await deps.api<{ items: { correlationId: string }[] }>(
        "acme-dev",
        "GET",
        `/deliveries?repository=${provider}&side=provider&limit=100`,
      );
      const missing = [...accepted].filter((id) => !arrived().has(id));
      const known = items.filter(({ correlationId }) => missing.includes(correlationId));
      expect({ missing, known }).toEqual({ missing: [], known: [] });
    });
    expect(accepted.size).toBeGreaterThan(0);
    const byRun = Map.groupBy(dispatches, (dispatch) => zektOf(dispatch).correlationId as string);
    for (const [, again] of byRun) {
      const [first, ...others] = again.map(zektOf);
      expect(others.length).toBeLessThan(DEFAULT_LEASES);
      for (const other of others) {
        expect(other).toMatchObject({ deliveryId: first?.deliveryId, possibleDuplicate: true });
      }
    }
  });
});
