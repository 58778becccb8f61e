import { afterAll, beforeAll, expect, test } from "vitest";
import type { Accounts } from "../../app/store/accounts.ts";
import type { Storage } from "../../app/store/ports.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { openStore } from "../../app/store/store.ts";
import { saveRepository } from "../support/save-account.ts";

let storage: Storage;
let accounts: Accounts;
beforeAll(async () => {
  storage = openSqlite();
  ({ accounts } = openStore(storage, { now: () => 1_800_000_000_000 }));
});
afterAll(() => storage.close());

const EARLIER = "2027-01-15T08:00:00.000Z#000000000001";
const LATER = "2027-01-15T08:00:00.000Z#000000000002";
let made = 0;
const build = () => ({ repositoryId: String(++made), ownerId: "7", fullName: `acme/tools-${made}` });

test("what GitHub said later is not overwritten by what it said earlier", async () => {
  const { repositoryId, ...state } = build();
  await accounts.recordRepository({ repositoryId, ...state, private: true }, LATER);
  expect(
    await accounts.recordRepository({ repositoryId, ...state, fullName: "acme/old" }, EARLIER),
  ).toBeNull();
  expect(await accounts.getRepository(repositoryId)).toMatchObject({ private: true, ...state });
  expect(await accounts.findRepository("acme/old")).toBeNull();
});

test("the same question may be answered in two writes", async () => {
  const { repositoryId, ...state } = build();
  await accounts.recordRepository({ repositoryId, ...state, reachable: true }, EARLIER);
  const learnt = await accounts.recordKnownRepository({ repositoryId, reachable: false }, EARLIER);
  expect(learnt).toMatchObject({ ...state, reachable: false });
});

test("a repository is not brought back by what touches only a part of it", async () => {
  const { repositoryId } = build();
  expect(await accounts.recordKnownRepository({ repositoryId, reachable: false }, LATER)).toBeNull();
  expect(await accounts.getRepository(repositoryId)).toBeNull();
  expect(await accounts.changeHook(repositoryId, (hook) => ({ hook }))).toBeNull();
});

test.each([
  [
    "the App left and that was renamed",
    { reachable: false, askedAt: LATER },
    { reachable: true, askedAt: EARLIER },
  ],
  ["was renamed unheard", { reachable: true, askedAt: EARLIER }, { reachable: true, askedAt: LATER }],
])("a repository that %s hides none that has its name by now", async (_, before, now) => {
  const first = build();
  const second = { ...build(), fullName: first.fullName };
  await saveRepository(accounts, { ...first, ...before });
  await saveRepository(accounts, { ...second, ...now });
  expect((await accounts.findRepository(first.fullName))?.repositoryId).toBe(second.repositoryId);
});

test("what people decided stays while GitHub's word is learnt", async () => {
  const { repositoryId, ...state } = build();
  await accounts.recordRepository({ repositoryId, ...state }, EARLIER);
  await accounts.setRepository({ repositoryId, provider: true });
  const learnt = await accounts.recordRepository({ repositoryId, ...state, private: true }, LATER);
  expect(learnt).toMatchObject({ provider: true, private: true });
});

test("an account learnt later is not overwritten by what was asked earlier", async () => {
  const account = { ownerId: "99", login: "acme", installation: "suspended" as const };
  expect(await accounts.recordAccount(account, LATER)).toBe(true);
  expect(await accounts.recordAccount({ ...account, installation: "active" }, EARLIER)).toBe(false);
  expect(await accounts.getAccount("99")).toMatchObject({ installation: "suspended" });
});

test("changes of a webhook made at once all hold, one after the other", async () => {
  const { repositoryId, ...state } = build();
  await saveRepository(accounts, { repositoryId, ...state });
  const hook = {
    hookId: "",
    secretVersion: 0,
    previousSecretVersion: null,
    placedAt: "2027-01-15T08:00:00.000Z",
    pingedAt: null,
  };
  await accounts.changeHook(repositoryId, () => ({ hook }));
  const raise = () =>
    accounts.changeHook(repositoryId, (one) => ({
      hook: one && { ...one, secretVersion: one.secretVersion + 1 },
    }));
  await Promise.all(Array.from({ length: 8 }, raise));
  expect((await accounts.getRepository(repositoryId))?.hook?.secretVersion).toBe(8);
});
