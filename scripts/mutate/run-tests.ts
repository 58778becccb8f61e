import type { Group } from "./collect.ts";

/* Runs the collected tests of a file until one fails. */

type Act = (...args: unknown[]) => unknown;
export interface CollectedTest {
  title: string;
  group: Group;
  act: Act;
}

/** A test is given so long, in milliseconds, and what prepares for it longer. */
const TEST_TIME = 5000;
const HOOK_TIME = 30_000;

export class TimeOver extends Error {}

/** Returns the tests of a group and of those within it, in their order. */
export const testsOf = (group: Group): CollectedTest[] => [
  ...group.tests.map(({ title, act }) => ({ title, group, act })),
  ...group.groups.flatMap(testsOf),
];

async function within(ms: number, act: Act): Promise<void> {
  const result = act({});
  if (!(result instanceof Promise)) return;
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TimeOver()), ms);
  });
  await Promise.race([result, end]).finally(() => clearTimeout(timer));
}

/** Returns a group and those around it, the outermost first. */
const around = (group: Group | null): Group[] => (group ? [...around(group.parent), group] : []);

async function runOne({ group, act }: CollectedTest): Promise<unknown> {
  let error: unknown = null;
  try {
    for (const before of around(group).flatMap(({ beforeEach }) => beforeEach))
      await within(TEST_TIME, before);
    await within(TEST_TIME, act);
  } catch (thrown) {
    error = thrown ?? new Error("Something without a value was thrown.");
  }
  for (const after of around(group)
    .reverse()
    .flatMap(({ afterEach }) => afterEach))
    await within(TEST_TIME, after).catch((thrown) => {
      error ??= thrown;
    });
  return error;
}

/**
 * Runs tests with what prepares for them; returns the first error, or null. `onTest` gets each test, and returns
 * the error that counts.
 */
export async function runTests(
  tests: readonly CollectedTest[],
  onTest: (test: CollectedTest, run: () => Promise<unknown>) => Promise<unknown> = (_, run) => run(),
): Promise<unknown> {
  const begun: Group[] = [];
  let error: unknown = null;
  try {
    for (const test of tests) {
      for (const group of around(test.group).filter((one) => !begun.includes(one))) {
        begun.push(group);
        for (const before of group.beforeAll) await within(HOOK_TIME, before);
      }
      error = await onTest(test, () => runOne(test));
      if (error !== null) break;
    }
  } catch (thrown) {
    error = thrown ?? new Error("Something without a value was thrown.");
  }
  for (const after of begun.reverse().flatMap(({ afterAll }) => afterAll))
    await within(HOOK_TIME, after).catch(() => {});
  return error;
}
