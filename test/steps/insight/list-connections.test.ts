import { afterEach, beforeEach, expect, test } from "vitest";
import type { WorkerDeps } from "../../../app/deps.ts";
import type { Repository } from "../../../app/domain/records/repository.ts";
import type { Service } from "../../../app/domain/records/service.ts";
import type { Subscription } from "../../../app/domain/records/subscription.ts";
import { type ConnectionSide, connectionsAfter } from "../../../app/steps/insight/list-connections.ts";
import type { Storage } from "../../../app/store/ports.ts";
import { openSqlite } from "../../../app/store/sqlite/storage.ts";
import { openStore } from "../../../app/store/store.ts";
import { aroundTables } from "../../support/around-tables.ts";

/* The connections of somebody with very many repositories, of which few have any. */

let storage: Storage;
/** The reads of the table, and in how many rounds: those asked at once are answered all together. */
let reads: number;
let rounds: number;

beforeEach(() => {
  let waiting: (() => void)[] = [];
  storage = aroundTables(openSqlite(), async (_, go) => {
    reads += 1;
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length > 1) return;
      setImmediate(() => {
        rounds += 1;
        for (const answer of waiting) answer();
        waiting = [];
      });
    });
    return await go();
  });
});
afterEach(() => storage.close());

const REPOSITORIES = Array.from(
  { length: 2000 },
  (_, n) => ({ repositoryId: String(n + 1), fullName: `acme/${String(n).padStart(4, "0")}` }) as Repository,
);
/** Each hundredth repository has two connections, as provider and as consumer. */
const CONNECTED = REPOSITORIES.filter((_, n) => n % 100 === 50);

async function build(): Promise<WorkerDeps> {
  const { catalog } = openStore(storage, { now: () => 0 }, { perMinute: 1, perHour: 1 });
  for (const { repositoryId } of CONNECTED) {
    const serviceId = `service-${repositoryId}`;
    await catalog.addService({ repositoryId, serviceId, slug: "s", alias: null, published: true } as Service);
    for (const name of ["a", "b"])
      await catalog.putSubscription({
        subscriptionId: `subscription-${repositoryId}-${name}`,
        serviceId,
        providerRepositoryId: repositoryId,
        repositoryId,
        status: "approved",
      } as Subscription);
  }
  [reads, rounds] = [0, 0];
  return { store: { catalog } } as WorkerDeps;
}

const SIDES: ConnectionSide[] = ["provider", "consumer"];

test.each(SIDES)(
  "all repositories of a %s are looked through, many at once, each connection once",
  async (side) => {
    const deps = await build();
    const found: string[] = [];
    for (let after: string | null = null; ; ) {
      const { items, next } = await connectionsAfter(deps, side, REPOSITORIES, { after, count: 15 });
      found.push(...items.map(([, one]) => one.subscriptionId));
      if (next === null) break;
      after = next;
    }
    const ids = CONNECTED.flatMap(({ repositoryId }) =>
      ["a", "b"].map((name) => `subscription-${repositoryId}-${name}`),
    );
    expect(found).toEqual(ids);
    // One by one they would take a function's 28 seconds where each takes ten milliseconds.
    expect(rounds).toBeLessThan(250);
  },
);

test.each(SIDES)("where a %s's first repositories have enough, few are looked at", async (side) => {
  const deps = await build();
  const { items } = await connectionsAfter(deps, side, CONNECTED, { after: null, count: 3 });
  expect(items).toHaveLength(3);
  expect(reads).toBeLessThan(8);
});
