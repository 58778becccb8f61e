import { expect, test } from "vitest";
import { forEachConcurrently, forEachFairly } from "../../app/domain/for-each-concurrently.ts";

/** A promise, and what ends it. */
function build() {
  let end = (): void => {};
  const promise = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { promise, end };
}

test("so many are begun at once, each item once, and the next when one has ended", async () => {
  const begun: number[] = [];
  const works = [0, 1, 2, 3, 4].map(build);
  let isOver = false;
  const all = forEachConcurrently([0, 1, 2, 3, 4], { atOnce: 2, goesOn: () => true }, (item) => {
    begun.push(item);
    return works[item]?.promise ?? Promise.resolve();
  }).then(() => {
    isOver = true;
  });
  expect(begun).toEqual([0, 1]);
  works[1]?.end();
  await new Promise(setImmediate);
  expect(begun).toEqual([0, 1, 2]);
  for (const item of [2, 3, 4]) works[item]?.end();
  await new Promise(setImmediate);
  expect([begun, isOver]).toEqual([[0, 1, 2, 3, 4], false]);
  works[0]?.end();
  await all;
});

test("nothing is begun once it does not go on, and what was begun ends", async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  await forEachConcurrently([0, 1, 2, 3], { atOnce: 2, goesOn: () => begun.length < 3 }, async (item) => {
    begun.push(item);
    await new Promise(setImmediate);
    ended.push(item);
  });
  expect([begun, ended]).toEqual([
    [0, 1, 2],
    [0, 1, 2],
  ]);
});

test("after one that throws nothing is begun, and its error is thrown once what was begun has ended", async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const all = forEachConcurrently([0, 1, 2, 3], { atOnce: 2 }, async (item) => {
    begun.push(item);
    if (item === 0) throw new Error("no");
    await new Promise(setImmediate);
    ended.push(item);
  });
  await expect(all).rejects.toThrow("no");
  expect([begun, ended]).toEqual([[0, 1], [1]]);
});

/** Begins items, of which the letter is the owner; each ends when it is told to. */
function beginFairly(
  items: string[],
  {
    atOnce = 3,
    most = 2,
    goesOn = () => true,
  }: { atOnce?: number; most?: number; goesOn?: () => boolean } = {},
) {
  const begun: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  let said: unknown = "still at work";
  const all = forEachFairly(items, { atOnce, most, ownerOf: ([owner = ""]) => owner, goesOn }, (item) => {
    begun.push(item);
    return new Promise<void>((resolve, reject) => void ends.set(item, { resolve, reject }));
  });
  all.then(
    () => {
      said = "done";
    },
    (error: unknown) => {
      said = error;
    },
  );
  const end = async (item: string, error?: Error): Promise<void> => {
    if (error) ends.get(item)?.reject(error);
    else ends.get(item)?.resolve();
    await new Promise(setImmediate);
  };
  return { begun, end, said: () => said };
}

test("of one owner so many are begun at once, and another's come before its next", async () => {
  const { begun, end, said } = beginFairly(["a1", "a2", "a3", "a4", "b1", "b2"]);
  expect(begun).toEqual(["a1", "a2", "b1"]);
  await end("b1");
  expect(begun).toEqual(["a1", "a2", "b1", "b2"]);
  await end("b2");
  expect(begun).toEqual(["a1", "a2", "b1", "b2"]);
  await end("a2");
  expect(begun).toEqual(["a1", "a2", "b1", "b2", "a3"]);
  await end("a1");
  await end("a3");
  expect([begun.at(-1), said()]).toEqual(["a4", "still at work"]);
  await end("a4");
  expect([begun.length, said()]).toEqual([6, "done"]);
});

test("one that throws ends no other, and its error comes once all have ended", async () => {
  const { begun, end, said } = beginFairly(["a1", "b1", "c1"], { atOnce: 1 });
  const first = new Error("a1");
  await end("a1", first);
  await end("b1", new Error("b1"));
  expect([begun, said()]).toEqual([["a1", "b1", "c1"], "still at work"]);
  await end("c1");
  expect(said()).toBe(first);
});

test("of nothing nothing is begun, nor once it does not go on", async () => {
  const none = beginFairly([]);
  let goesOn = true;
  const ended = beginFairly(["a1", "b1", "c1"], { atOnce: 2, goesOn: () => goesOn });
  goesOn = false;
  await ended.end("a1");
  expect([none.said(), ended.begun, ended.said()]).toEqual(["done", ["a1", "b1"], "still at work"]);
  await ended.end("b1");
  expect([ended.begun, ended.said()]).toEqual([["a1", "b1"], "done"]);
});
