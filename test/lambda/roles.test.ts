import { expect, test } from "vitest";
import { access, type FunctionName } from "../../deploy/access.ts";
import { reachOf } from "./reach.ts";

const NAMES = Object.keys(access) as FunctionName[];

/** Returns the access granted to a function, in the form of {@link reachOf}. */
function givenTo(name: FunctionName): string[] {
  const { tables, archive, sends } = access[name];
  return [
    ...Object.entries(tables).flatMap(([table, { actions, indexes = [] }]) => [
      ...actions.map((action) => `${table} ${action}`),
      ...indexes.map((index) => `${table} Query ${index}`),
    ]),
    ...Object.keys(archive).map((action) => `archive ${action}`),
    ...sends.map((queue) => `queue ${queue}`),
  ].sort();
}

test("each function is given what its code can ask for, however rarely it does, and nothing else", {
  timeout: 180_000,
}, () => {
  const reached = reachOf(NAMES);
  for (const name of NAMES) expect(givenTo(name), name).toEqual(reached[name]);
});
