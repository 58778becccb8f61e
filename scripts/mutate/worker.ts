import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { pathToFileURL } from "node:url";
import { beginFile } from "./collect.ts";
import { changeConditions, installConditions, type Parse } from "./conditions.ts";
import { type CollectedTest, runTests, TimeOver, testsOf } from "./run-tests.ts";

/*
 * Tries changes of the code, one after the other, in one process: Stryker's instrumenter puts all of them into the
 * code behind switches. A change in what runs at import has its test files imported anew. Ends with the last change,
 * or earlier where too much was imported, or a test hangs: `scripts/mutate.ts` then starts another worker.
 */

export interface WorkerConfig {
  root: string;
  /** Address of the instrumenter's module. */
  instrumenter: string;
  /** Address of the parser's module where only conditions of writes are changed; null where all code is. */
  parser: string | null;
  /** Files that are changed, and test files, from the root. */
  mutate: string[];
  tests: string[];
  /** Pattern of the titles of tests that take no part; null where all do. */
  without: string | null;
  /** The number of the change to begin with. */
  from: number;
  /** File that has what each test reaches, and the changes; the first worker writes it. */
  coverage: string;
}

export interface Mutant {
  id: string;
  fileName: string;
  mutatorName: string;
  replacement: string;
  location: { start: { line: number; column: number } };
}
export type Outcome = "killed" | "timeout" | "survived" | "uncovered";
export type Report = { at: number; outcome?: Outcome } | { isDone: true };

/** Reached changes of a test file: at its import, in what prepares for its tests, and in each test. */
interface Reach {
  atImport: string[];
  inHooks: string[];
  inTests: string[][];
}
export interface Coverage {
  mutants: Mutant[];
  reaches: Reach[];
  /** Times that each change was reached, so that an endless loop is known for one. */
  hits: Record<string, number>;
}

interface Instrumenter {
  instrument(
    files: { name: string; content: string; mutate: true }[],
    options: object,
  ): Promise<{ files: { name: string; content: string }[]; mutants: Mutant[] }>;
}

/** Imports after which a worker gives way to another: modules are never let go of. */
const MAX_IMPORTS = 250;
const LEAST_HITS = 100_000;

const { root, instrumenter, parser, mutate, tests, without, from, coverage }: WorkerConfig = JSON.parse(
  process.argv[2] ?? "",
);
const leftOut = without === null ? null : new RegExp(without);
const report = (message: Report): void => void process.send?.(message);

/** The code of the changed files by address, with every change behind a switch, and the changes. */
async function instrument(): Promise<{ sources: Map<string, string>; mutants: Mutant[] }> {
  const files = mutate.map((name) => ({
    name: `${root}/${name}`,
    mutate: true as const,
    content: readFileSync(`${root}/${name}`, "utf8"),
  }));
  if (parser !== null) {
    const { parse } = (await import(parser)) as { parse: Parse };
    const changed = files.map(({ name, content }) => ({
      name,
      ...changeConditions(name, content, parse, name.includes("/app/store/")),
    }));
    const sources = changed.map(({ name, content }) => [pathToFileURL(name).href, content] as const);
    return { sources: new Map(sources), mutants: changed.flatMap(({ mutants }) => mutants) };
  }
  const log = new Proxy({}, { get: () => () => false });
  const { Instrumenter } = (await import(instrumenter)) as {
    Instrumenter: new (log: object) => Instrumenter;
  };
  const options = { excludedMutations: [], ignorers: [], plugins: null };
  const instrumented = await new Instrumenter(log).instrument(files, options);
  const sources = instrumented.files.map(
    ({ name, content }) => [pathToFileURL(name).href, stripTypeScriptTypes(content)] as const,
  );
  return { sources: new Map(sources), mutants: instrumented.mutants };
}
const { sources, mutants: changes } = await instrument();

const collect = new URL("./collect.ts", import.meta.url).href;
/** Remembers texts that were read. What was made before a change would hide it, so here nothing is remembered. */
const MEMORY = new URL("../../app/domain/recently-made.ts", import.meta.url).href;
const FORGETFUL = "export const recentlyMade = (_most, make) => make;";
const rootUrl = pathToFileURL(`${root}/`).href;
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === "vitest" && context.parentURL !== collect) return { url: collect, shortCircuit: true };
    const found = next(specifier, context);
    // Each test file has modules of its own, and another set for each change at import.
    const set = /\?of=.*$/.exec(context.parentURL ?? "")?.[0];
    const isOurs = found.url.startsWith(rootUrl) && !found.url.includes("/node_modules/");
    return set && isOurs && found.url.endsWith(".ts") ? { ...found, url: found.url + set } : found;
  },
  load(url, context, next) {
    const bare = url.replace(/\?.*$/, "");
    const source = sources.get(bare) ?? (bare === MEMORY ? FORGETFUL : undefined);
    return source ? { format: "module", source, shortCircuit: true } : next(url, context);
  },
});

/** The switches of the instrumented code. */
interface Switches {
  activeMutant: string | undefined;
  currentTestId: string | undefined;
  hitCount: number;
  hitLimit: number;
  mutantCoverage: { static: Record<string, number>; perTest: Record<string, Record<string, number>> };
}
const switches: Partial<Switches> = { mutantCoverage: { static: {}, perTest: {} } };
Object.assign(globalThis, { __stryker__: switches });
installConditions({
  isOn(id) {
    const { mutantCoverage, currentTestId } = switches;
    if (mutantCoverage && currentTestId) mutantCoverage.perTest[currentTestId] ??= {};
    const reached = currentTestId ? mutantCoverage?.perTest[currentTestId] : mutantCoverage?.static;
    if (reached) reached[id] = (reached[id] ?? 0) + 1;
    switches.hitCount = (switches.hitCount ?? 0) + 1;
    if (switches.activeMutant === id && switches.hitCount > (switches.hitLimit ?? Number.POSITIVE_INFINITY))
      throw new Error("Hit count limit reached.");
    return switches.activeMutant === id;
  },
});
process.on("unhandledRejection", () => {});
process.on("uncaughtException", () => {});

async function load(file: number, set: string): Promise<CollectedTest[]> {
  const group = beginFile();
  await import(`${pathToFileURL(`${root}/${tests[file]}`).href}?of=${set}`);
  return testsOf(group).filter(({ title }) => !leftOut?.test(title));
}

const loaded = new Map<number, CollectedTest[]>();
async function unchanged(file: number): Promise<CollectedTest[]> {
  switches.activeMutant = undefined;
  const known = loaded.get(file) ?? (await load(file, String(file)));
  loaded.set(file, known);
  return known;
}

/** Returns what was reached outside of tests since the last call. */
function takeStatic(): string[] {
  const reached = switches.mutantCoverage?.static ?? {};
  const ids = Object.keys(reached);
  for (const id of ids) delete reached[id];
  return ids;
}

/** Runs every test once, unchanged, and learns what it reaches. Tests that fail in this process take no part. */
async function measure(): Promise<Coverage> {
  const hits: Coverage["hits"] = {};
  const reaches: Reach[] = [];
  for (const [file, name] of tests.entries()) {
    const all = await unchanged(file);
    const atImport = takeStatic();
    const inTests: string[][] = all.map(() => []);
    await runTests(all, async (test, run) => {
      const id = `${file}:${all.indexOf(test)}`;
      switches.currentTestId = id;
      const error = await run();
      switches.currentTestId = undefined;
      const reached = switches.mutantCoverage?.perTest[id] ?? {};
      for (const [mutant, times] of Object.entries(reached)) hits[mutant] = (hits[mutant] ?? 0) + times;
      if (error === null) inTests[all.indexOf(test)] = ["", ...Object.keys(reached)];
      else process.stderr.write(`Left out, as it fails in this process: a test of ${name}: ${error}\n`);
      return null;
    });
    reaches.push({ atImport, inHooks: takeStatic(), inTests });
  }
  return { mutants: changes, reaches, hits };
}

/** Ends the worker with an error that comes before any change: later ones are of a change, and no matter. */
function giveUp(error: unknown): never {
  process.stderr.write(`${(error as Error | null)?.stack ?? error}\n`);
  process.exit(1);
}
if (!existsSync(coverage)) writeFileSync(coverage, JSON.stringify(await measure().catch(giveUp)));
const { mutants, reaches, hits } = JSON.parse(readFileSync(coverage, "utf8")) as Coverage;
const reached = reaches.map(({ atImport, inHooks, inTests }) => ({
  atImport: new Set(atImport),
  inHooks: new Set(inHooks),
  inTests: inTests.map((ids) => new Set(ids)),
}));
let imports = 0;

async function attempt({ id }: Mutant): Promise<Outcome> {
  let outcome: Outcome = "uncovered";
  for (const [file, { atImport, inHooks, inTests }] of reached.entries()) {
    const isStatic = atImport.has(id);
    // The empty id marks a test that takes part.
    const isOn = (ids: Set<string> | undefined): boolean =>
      ids?.has("") === true && (isStatic || inHooks.has(id) || ids.has(id));
    if (!inTests.some(isOn)) continue;
    outcome = "survived";
    const error = await failure(id, file, isStatic, (index) => isOn(inTests[index]));
    if (error === null) continue;
    return error instanceof TimeOver || /Hit count limit/.test(String(error)) ? "timeout" : "killed";
  }
  return outcome;
}

/** Tries a change with a test file; returns what failed, or null. */
async function failure(
  id: string,
  file: number,
  isStatic: boolean,
  isOn: (index: number) => boolean,
): Promise<unknown> {
  const known = isStatic ? null : await unchanged(file);
  const hitLimit = Math.max(LEAST_HITS, (hits[id] ?? 0) * 100);
  Object.assign(switches, { activeMutant: id, hitCount: 0, hitLimit, currentTestId: "change" });
  try {
    if (isStatic) imports += 1;
    const all = known ?? (await load(file, `${id}-${file}`));
    return await runTests(all.filter((_, index) => isOn(index)));
  } catch (thrown) {
    return thrown ?? new Error("Something without a value was thrown.");
  } finally {
    switches.activeMutant = undefined;
  }
}

for (const [at, mutant] of mutants.entries()) {
  if (at < from) continue;
  report({ at });
  const outcome = await attempt(mutant);
  report({ at, outcome });
  if (outcome === "timeout" || imports > MAX_IMPORTS) process.exit(0);
}
report({ isDone: true });
process.exit(0);
