import type { Server } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HOUR } from "../../../app/domain/clock.ts";
import type { RunIdentity } from "../../../app/github/oidc.ts";
import { ingest } from "../../../app/steps/intake/ingest.ts";
import { receive } from "../../../app/steps/intake/receive.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import type { Storage } from "../../../app/store/ports.ts";
import {
  attempt,
  chance,
  completedWebhook,
  openFragileStorage,
  PATH,
  pick,
  type Setting,
  setModel,
  startPlainGitHub,
} from "../../support/model.ts";
import { randomOf } from "../../support/random.ts";

/*
 * The model: a provider's run with attempts and messages, a few subscriptions. Whatever the order in which
 * messages and events come, however often each is repeated, wherever a step is cut off between two writes,
 * and with indexes that know only some of what is written, the same deliveries come of it in the end.
 */

const TYPES = ["built", "tested"] as const;

let storage: Storage;
let github: Server;
let apiUrl: string;
/** The dispatches that GitHub accepted, by repository. */
const accepted = new Map<string, { what: string; deliveryId: string; possibleDuplicate: boolean }[]>();

beforeAll(async () => {
  storage = openFragileStorage();
  ({ server: github, url: apiUrl } = await startPlainGitHub(({ url }, body) => {
    const repositoryId = /^\/repositories\/(\d+)\/dispatches$/.exec(url ?? "")?.[1] ?? "";
    const { zekt, workflow_run: run } = JSON.parse(body).client_payload;
    const { deliveryId, eventType, payload, possibleDuplicate = false } = zekt;
    const what = `${run.run_attempt} ${eventType}${payload === null ? "" : ` ${payload.n}`}`;
    const before = accepted.get(repositoryId) ?? [];
    accepted.set(repositoryId, [...before, { what, deliveryId, possibleDuplicate }]);
    return { status: 204 };
  }));
});

afterAll(async () => {
  await storage.close();
  github.closeAllConnections();
  github.close();
});

/** An arrival from outside: a message of an attempt, or the event that an attempt finished. */
type Arrival =
  | { kind: "message"; attempt: number; type: (typeof TYPES)[number]; n: number }
  | { kind: "event"; attempt: number };

const arrive = async ({ deps, repositoryId }: Setting, arrival: Arrival): Promise<void> => {
  if (arrival.kind === "event") {
    await ingest(deps, completedWebhook(repositoryId, arrival.attempt));
    return;
  }
  const identity = {
    repository: "acme/r",
    repositoryId,
    repositoryOwnerId: "1",
    runId: "7",
    runAttempt: arrival.attempt,
    workflowRef: `acme/r/${PATH}@refs/heads/main`,
  } as RunIdentity;
  await receive(deps, identity, {
    eventType: arrival.type,
    payload: JSON.stringify({ n: arrival.n }),
    idempotencyKey: `${arrival.type}-${arrival.n}`,
    shielded: false,
    checked: [],
    workflowRunId: null,
    repositoryHeader: null,
    repository: null,
  });
};

/** Passes time and everything be taken up until nothing moves any more. */
async function settle(setting: Setting): Promise<void> {
  for (let round = 0; round < 6; round++) {
    while (await setting.queues.workOne(setting.deps, null));
    setting.clock.at += 3 * 60_000;
    await sweep(setting.deps);
  }
}

const arrivals = fc
  .array(fc.record({ attempt: fc.integer({ min: 1, max: 2 }), type: fc.constantFrom(...TYPES) }), {
    maxLength: 4,
  })
  .map((messages): Arrival[] => [
    ...messages.map((message, n): Arrival => ({ kind: "message", n, ...message })),
    { kind: "event", attempt: 1 },
    ...(messages.some(({ attempt: at }) => at === 2) ? [{ kind: "event", attempt: 2 } as const] : []),
  ]);

/**
 * Returns the expected deliveries: of each type the newest attempt's messages up to the event's own, and the
 * event alone.
 */
function expectedOf(all: readonly Arrival[]): Set<string> {
  const expected = new Set<string>();
  for (const event of all.filter(({ kind }) => kind === "event")) {
    expected.add(`${event.attempt} zekt-workflow-completed`);
    for (const type of TYPES) {
      const said = all.filter(
        (one) => one.kind === "message" && one.type === type && one.attempt <= event.attempt,
      );
      const newest = Math.max(...said.map(({ attempt: at }) => at));
      for (const one of said)
        if (one.kind === "message" && one.attempt === newest)
          expected.add(`${event.attempt} ${type} ${one.n}`);
    }
  }
  return expected;
}

/** Returns whether a delivery has an older attempt's message of a type that the later attempt sent too. */
const isOvertaken = (what: string, all: readonly Arrival[]): boolean => {
  const [attemptNumber, type, n] = what.split(" ");
  const message = all.find((one) => one.kind === "message" && one.n === Number(n));
  return (
    attemptNumber === "2" &&
    message?.attempt === 1 &&
    all.some((one) => one.kind === "message" && one.attempt === 2 && one.type === type)
  );
};

test("any order, repetition and crash gives the same deliveries, each dispatched", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(arrivals, fc.integer(), async (all, seed) => {
      chance.random = randomOf(seed);
      chance.lag = 0.3;
      const setting = await setModel(storage, apiUrl, [
        { eventTypes: [] },
        { eventTypes: ["built"] },
        { eventTypes: ["zekt-workflow-completed", "tested"] },
      ]);
      // An attempt's messages come before the attempt after it has ended: only within one does order vary.
      for (const attemptNumber of [1, 2]) {
        const pending = all.filter((one) => one.attempt === attemptNumber);
        while (pending.length > 0) {
          const arrival = pick(pending);
          const crashAfter = chance.random() < 0.3 ? Math.floor(chance.random() * 4) : null;
          const taken = await attempt(() => arrive(setting, arrival), crashAfter);
          // Whoever got no answer asks again, as the action and a redelivery do; some ask again regardless.
          if (!taken || chance.random() < 0.2) await arrive(setting, arrival);
          if (chance.random() < 0.5)
            await setting.queues.workOne(
              setting.deps,
              chance.random() < 0.3 ? Math.floor(chance.random() * 6) : null,
            );
        }
      }
      await settle(setting);
      chance.lag = 0;
      await settle(setting);
      const expected = expectedOf(all);
      const { deliveries } = setting.deps.store;
      for (const [index, consumer] of setting.consumers.entries()) {
        const wanted = [...expected].filter(
          (one) => index === 0 || (index === 1 ? one.includes("built") : !one.includes("built")),
        );
        const { items } = await deliveries.list("consumer", consumer, { limit: 100 });
        expect(items.filter(({ status }) => status !== "Dispatched")).toEqual([]);
        const sent = accepted.get(consumer) ?? [];
        const whats = new Set(sent.map(({ what }) => what));
        expect([...whats]).toEqual(expect.arrayContaining(wanted));
        // A message that comes only after its attempt was routed with an older one is delivered as well: it
        // cannot be taken back. Nothing else is.
        const surplus = [...whats].filter((what) => !wanted.includes(what));
        expect(surplus.filter((what) => !isOvertaken(what, all))).toEqual([]);
        expect(new Set(sent.map(({ deliveryId }) => deliveryId)).size).toBe(whats.size);
        expect(items).toHaveLength(whats.size);
        const first = new Set<string>();
        for (const { deliveryId, possibleDuplicate } of sent) {
          if (first.has(deliveryId)) expect(possibleDuplicate).toBe(true);
          first.add(deliveryId);
        }
      }
      // However often it was routed, each event is counted once.
      const now = setting.clock.at;
      const counts = await setting.deps.store.meters.total(
        `repository#${setting.repositoryId}`,
        now - HOUR,
        now,
      );
      expect(counts).toEqual({ eventsAllowed: all.filter(({ kind }) => kind === "event").length });
    }),
    { numRuns: 40, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
  );
});
