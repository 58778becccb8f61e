import type { Server } from "node:http";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { DAY, iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { openGap } from "../../../app/domain/hooks/gap.ts";
import type { Repository } from "../../../app/domain/records/repository.ts";
import { reconcile, reconcileApp } from "../../../app/steps/hooks/reconcile.ts";
import { HOOK_LOG, NEXT_APP_LOG } from "../../../app/store/fact-kinds.ts";
import { openFragileStorage, setModel, startPlainGitHub } from "../../support/model.ts";

/* How far a webhook's log is read: over all its pages, back to what GitHub still sends again. */

interface Entry {
  id: number;
  delivered_at: string;
  status_code: number;
}

/** The id of an entry that cannot be delivered again. */
const GONE = 9999;

let storage: ReturnType<typeof openFragileStorage>;
let github: { url: string; server: Server };
let log: (Entry & Record<string, unknown>)[] = [];
let asked: number[] = [];
/** True where the log can be listed by outcome; and the pages of it that were listed. */
let listsFailures = false;
let pages = 0;
/** Redeliveries until GitHub asks to wait. */
let postsLeft = Number.POSITIVE_INFINITY;
/** Passes the time that a redelivery takes. */
let takeTime = (): void => {};

beforeAll(async () => {
  storage = openFragileStorage();
  github = await startPlainGitHub(({ method, url = "" }) => {
    const { pathname, searchParams } = new URL(url, "http://github.test");
    if (method === "POST" && pathname.endsWith("/attempts")) {
      const id = Number(pathname.split("/").at(-2));
      if (postsLeft-- <= 0)
        return {
          status: 429,
          headers: { "retry-after": "60" },
          body: { message: "You have exceeded a secondary rate limit" },
        };
      takeTime();
      if (id === GONE) return { status: 404, body: { message: "Not Found" } };
      asked.push(id);
      return { status: 202, body: {} };
    }
    if (!pathname.endsWith("/deliveries")) return { status: 404 };
    pages += 1;
    const isWanted = ({ status_code }: Entry): boolean =>
      !listsFailures || searchParams.get("status") !== "failure" || status_code >= 400;
    const wanted = log.filter(isWanted);
    const from = Number(searchParams.get("cursor") ?? 0);
    const next = from + Number(searchParams.get("per_page"));
    const link = `<http://github.test${pathname}?cursor=${next}>; rel="next"`;
    const headers: Record<string, string> = next < wanted.length ? { link } : {};
    return { status: 200, headers, body: wanted.slice(from, next) };
  });
});
afterAll(async () => {
  github.server.closeAllConnections();
  github.server.close();
  await storage.close();
});

const entry = (id: number, at: number, status_code: number) => ({
  id,
  guid: `guid-${id}`,
  event: "workflow_run",
  action: "completed",
  delivered_at: iso(at),
  redelivery: false,
  status_code,
});

test("what never arrived is found on every page of the log, not on the first alone", async () => {
  const { deps, clock, repositoryId } = await setModel(storage, github.url, []);
  const repository = (await deps.store.accounts.getRepository(repositoryId)) as Repository;
  log = Array.from({ length: 320 }, (_, id) =>
    entry(id, clock.at - (id + 2) * MINUTE, id % 100 === 50 || id === 319 ? 502 : 202),
  );
  asked = [];
  const { asked: found } = await reconcile(deps, {
    ...repository,
    hook: { hookId: "1" } as Repository["hook"],
  });
  expect(asked.sort((a, b) => a - b)).toEqual([50, 150, 250, 319]);
  expect(found).toBe(4);
});

test("of a log that GitHub lists by outcome only failures are read, however much arrived between them", async () => {
  const { deps, clock, repositoryId } = await setModel(storage, github.url, []);
  const repository = (await deps.store.accounts.getRepository(repositoryId)) as Repository;
  log = Array.from({ length: 1500 }, (_, id) =>
    entry(id, clock.at - (id + 2) * MINUTE, id % 500 === 499 ? 502 : 202),
  );
  [asked, pages, listsFailures] = [[], 0, true];
  await reconcile(deps, { ...repository, hook: { hookId: "1" } as Repository["hook"] });
  listsFailures = false;
  expect([asked.sort((a, b) => a - b), pages]).toEqual([[499, 999, 1499], 1]);
});

test("a webhook that was given a minute is asked for once, and no more where it arrives", async () => {
  const { deps, clock, repositoryId } = await setModel(storage, github.url, []);
  const repository = (await deps.store.accounts.getRepository(repositoryId)) as Repository;
  const hooked = { ...repository, hook: { hookId: "1" } as Repository["hook"] };
  log = [entry(7, clock.at - 30_000, 502)];
  asked = [];
  const found: number[] = [];
  for (let looks = 0; looks < 4; looks++) {
    found.push((await reconcile(deps, hooked)).asked);
    clock.at += 10 * MINUTE;
  }
  expect(found).toEqual([0, 1, 0, 0]);
  expect(asked).toEqual([7]);
});

test("a webhook of the App that was given a minute is asked for once, and no more where it arrives", async () => {
  const { deps, clock } = await setModel(storage, github.url, []);
  await deps.store.facts.set(HOOK_LOG.of({ of: "app" }), { readTo: null, waiting: [], gap: null });
  log = [entry(8, clock.at - 30_000, 502)];
  asked = [];
  for (let looks = 0; looks < 4; looks++) {
    await deps.store.facts.remove(NEXT_APP_LOG.of());
    await reconcileApp(deps);
    clock.at += 10 * MINUTE;
  }
  expect(asked).toEqual([8]);
});

test("the log is not read further than it is kept", async () => {
  const { deps, clock, repositoryId } = await setModel(storage, github.url, []);
  const repository = (await deps.store.accounts.getRepository(repositoryId)) as Repository;
  log = Array.from({ length: 300 }, (_, id) => entry(id, clock.at - 2 * MINUTE - (id * DAY) / 20, 202));
  log[299] = entry(299, clock.at - 15 * DAY, 502);
  asked = [];
  expect((await reconcile(deps, { ...repository, hook: { hookId: "1" } as Repository["hook"] })).asked).toBe(
    0,
  );
  expect(asked).toEqual([]);
});

test("failures on three pages are asked for one by one, all of them, and a fourth page is a gap", async () => {
  const { deps, clock, repositoryId } = await setModel(storage, github.url, []);
  const repository = (await deps.store.accounts.getRepository(repositoryId)) as Repository;
  const hooked = { ...repository, hook: { hookId: "1" } as Repository["hook"] };
  log = Array.from({ length: 260 }, (_, id) => entry(id, clock.at - (id + 2) * MINUTE, 502));
  asked = [];
  expect(await reconcile(deps, hooked)).toMatchObject({ asked: 260, isOpen: false });
  expect(new Set(asked)).toEqual(new Set(log.map(({ id }) => id)));
  expect((await deps.store.facts.get(HOOK_LOG.of({ of: repositoryId })))?.gap).toBeNull();
  log = Array.from({ length: 301 }, (_, id) => entry(1000 + id, clock.at - (id % 5) * MINUTE, 502));
  asked = [];
  // Of a gap the list of runs is read first, which this GitHub does not have.
  await reconcile(deps, hooked).catch(() => {});
  expect((await deps.store.facts.get(HOOK_LOG.of({ of: repositoryId })))?.gap).not.toBeNull();
});

test("of the App's log a gap's end is read once more, and what failed again in the gap asked for", async () => {
  const { deps, clock } = await setModel(storage, github.url, []);
  const { facts } = deps.store;
  const of = HOOK_LOG.of({ of: "app" });
  /** Reads the log until nothing is left of the gap; returns what was asked for. */
  const look = async (): Promise<Set<number>> => {
    asked = [];
    do {
      await facts.remove(NEXT_APP_LOG.of());
      await reconcileApp(deps);
    } while ((await facts.get(of))?.gap);
    return new Set(asked);
  };
  await facts.set(of, { readTo: iso(clock.at - 10 * MINUTE), waiting: [], gap: null });
  // Its first try is from before, and was asked for.
  const again = { ...entry(2000, clock.at - 4 * MINUTE, 502), guid: "before", redelivery: true };
  log = [again, ...Array.from({ length: 301 }, (_, id) => entry(id, clock.at - 8 * MINUTE, 502))];
  expect((await look()).size).toBe(301);
  // GitHub's log shows it only now.
  log = [entry(3000, clock.at - 1 * MINUTE, 502), ...log];
  clock.at += 10 * MINUTE;
  expect(await look()).toEqual(new Set([2000, 3000]));
});

test("a webhook of the App that GitHub does not have any more is told in the log", async () => {
  const { deps, clock } = await setModel(storage, github.url, []);
  await deps.store.facts.remove(HOOK_LOG.of({ of: "app" }));
  await deps.store.facts.remove(NEXT_APP_LOG.of());
  log = [entry(GONE, clock.at - 5 * MINUTE, 502)];
  const error = vi.spyOn(deps.log, "error");
  expect(await reconcileApp(deps)).toBe(0);
  expect(error.mock.calls.map(([facts]) => facts)).toMatchObject([
    { event: "lost-webhooks.left-out", lost: 1 },
  ]);
});

test("a gap of the App's log goes on where GitHub's limit ended it, a page at a time", async () => {
  const { deps, clock } = await setModel(storage, github.url, []);
  const { facts } = deps.store;
  const of = HOOK_LOG.of({ of: "app" });
  await facts.set(of, { readTo: iso(clock.at - 10 * MINUTE), waiting: [], gap: null });
  log = Array.from({ length: 301 }, (_, id) => entry(id, clock.at - 5 * MINUTE, 502));
  asked = [];
  let looks = 0;
  do {
    postsLeft = 80;
    await facts.remove(NEXT_APP_LOG.of());
    // Each look has a client of its own, as if the limit were over.
    await reconcileApp({ ...deps, github: (await setModel(storage, github.url, [])).deps.github });
  } while ((await facts.get(of))?.gap && ++looks < 20);
  postsLeft = Number.POSITIVE_INFINITY;
  expect(new Set(asked).size).toBe(301);
  expect(looks).toBeLessThan(10);
});

test("webhooks that failed again, and are more than is remembered, are named as lost once", async () => {
  const { deps, clock, repositoryId } = await setModel(storage, github.url, []);
  const repository = (await deps.store.accounts.getRepository(repositoryId)) as Repository;
  const hooked = { ...repository, hook: { hookId: "1" } as Repository["hook"] };
  const at = iso(clock.at - 8 * MINUTE);
  const waiting = Array.from({ length: 300 }, (_, id) => {
    const deliveryId = String(10_000 + id);
    return { guid: `waiting-${id}`, deliveryId, at, tries: 2, asked: false };
  });
  const gap = { ...openGap(null, at, iso(clock.at)), step: "count" as const, spans: [] };
  await deps.store.facts.set(HOOK_LOG.of({ of: repositoryId }), { readTo: at, waiting, gap });
  const again = [1, 2].map((id) => ({
    ...entry(id, clock.at - 4 * MINUTE, 502),
    guid: `again-${id}`,
    redelivery: true,
  }));
  log = [...again, entry(3, clock.at - 5 * MINUTE, 502)];
  asked = [];
  const error = vi.spyOn(deps.log, "error");
  await reconcile(deps, hooked);
  expect(asked).toEqual([3]);
  expect(error.mock.calls.map(([facts]) => facts)).toMatchObject([{ event: "missed-runs.lost", lost: 2 }]);
});

test.each([
  ["a repository's webhook", 2],
  ["a repository's webhook", 9],
  ["the App's webhook", 2],
  ["the App's webhook", 9],
])(
  "a look at %s ends within two minutes where GitHub takes %i seconds a request, and the next goes on",
  async (whose, seconds) => {
    const { deps, clock, repositoryId } = await setModel(storage, github.url, []);
    const { facts } = deps.store;
    const of = whose === "the App's webhook" ? "app" : repositoryId;
    const repository = (await deps.store.accounts.getRepository(repositoryId)) as Repository;
    const hooked = { ...repository, hook: { hookId: "1" } as Repository["hook"] };
    await facts.set(HOOK_LOG.of({ of }), { readTo: iso(clock.at - 10 * MINUTE), waiting: [], gap: null });
    const everything = async (count: number): Promise<void> => {
      log = Array.from({ length: count }, (_, id) => entry(id, clock.at - 5 * MINUTE, 502));
      asked = [];
      for (let looks = 0; looks < 200 && asked.length < count; looks++) {
        const began = clock.at;
        await facts.remove(NEXT_APP_LOG.of());
        if (of === "app") await reconcileApp(deps);
        else {
          const { isOpen } = await reconcile(deps, hooked);
          expect(isOpen).toBe(asked.length < count);
        }
        expect(clock.at - began).toBeLessThanOrEqual(2 * MINUTE);
        clock.at += 2 * MINUTE;
      }
      expect(asked.toSorted((a, b) => a - b)).toEqual(log.map(({ id }) => id));
    };
    takeTime = () => {
      clock.at += seconds * SECOND;
    };
    try {
      await everything(100);
      // So many are a gap, of which a repository has the list of runs first.
      if (of === "app") await everything(310);
    } finally {
      takeTime = () => {};
    }
  },
);
