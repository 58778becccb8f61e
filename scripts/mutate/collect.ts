import * as vitest from "vitest";

/*
 * Stands in place of vitest while changes are tried: it collects the tests of a file, so that they run in this process
 * again and again. `expect` and `vi` are vitest's own.
 */

type Act = (...args: unknown[]) => unknown;
type Hooks = Record<"beforeAll" | "afterAll" | "beforeEach" | "afterEach", Act[]>;

/** Tests, and groups of them, as `describe` nests them. */
export interface Group extends Hooks {
  parent: Group | null;
  tests: { title: string; act: Act }[];
  groups: Group[];
}

const newGroup = (parent: Group | null): Group => ({
  parent,
  tests: [],
  groups: [],
  beforeAll: [],
  afterAll: [],
  beforeEach: [],
  afterEach: [],
});

let current = newGroup(null);

/** Begins a file; returns the group that its tests come into. */
export function beginFile(): Group {
  current = newGroup(null);
  return current;
}

const isAct = (value: unknown): value is Act => typeof value === "function";
/** Returns what a test or group does: it comes before or after its options. */
const actOf = (args: readonly unknown[]): Act => args.find(isAct) ?? (() => {});

const addTest = (title: string, ...args: unknown[]): void =>
  void current.tests.push({ title, act: actOf(args) });

function addGroup(_title: string, ...args: unknown[]): void {
  const parent = current;
  current = newGroup(parent);
  parent.groups.push(current);
  actOf(args)();
  current = parent;
}

type Add = (title: string, ...args: unknown[]) => void;
const each =
  (add: Add) =>
  (rows: readonly unknown[]): Add =>
  (title, ...args) => {
    const act = actOf(args);
    for (const row of rows) add(title, () => act(...(Array.isArray(row) ? row : [row])));
  };

const nothing = Object.assign(() => {}, { each: () => () => {} });
const withEach = (add: Add) => {
  const all = Object.assign(add, {
    each: each(add),
    skip: nothing,
    skipIf: (isSkipped: unknown): object => (isSkipped ? nothing : all),
    runIf: (isRun: unknown): object => (isRun ? all : nothing),
  });
  return all;
};

export const test = withEach(addTest);
export const it = test;
export const describe = withEach(addGroup);
export const beforeAll = (act: Act): void => void current.beforeAll.push(act);
export const afterAll = (act: Act): void => void current.afterAll.push(act);
export const beforeEach = (act: Act): void => void current.beforeEach.push(act);
export const afterEach = (act: Act): void => void current.afterEach.push(act);
export const { expect, vi, expectTypeOf, assertType } = vitest;
