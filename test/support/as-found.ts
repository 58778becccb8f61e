import * as http from "node:http";
import * as https from "node:https";
import { afterAll, beforeAll, vi } from "vitest";

/*
 * Runs around every file of tests. Files share a process: what one changes in it and leaves is met by the next one,
 * which depends on the machine. So spies, stubs and fake clocks end with their file, and a file that leaves anything
 * else changed fails.
 */

/** Reads all that the files of a process have in common. */
const common = (): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(process.env).map(([name, value]) => [`process.env.${name}`, value])),
  "process.cwd()": process.cwd(),
  "process.exitCode": process.exitCode,
  fetch: globalThis.fetch,
  Date: globalThis.Date,
  setTimeout: globalThis.setTimeout,
  "Math.random": Math.random,
  "performance.now": performance.now,
  "console.log": console.log,
  "console.error": console.error,
  "process.stdout.write": process.stdout.write,
  "process.stderr.write": process.stderr.write,
  "http.request": http.request,
  "https.request": https.request,
  "http.ClientRequest": http.ClientRequest,
});

let found: Record<string, unknown>;
beforeAll(() => {
  found = common();
});

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.useRealTimers();
  const left = common();
  const names = new Set([...Object.keys(found), ...Object.keys(left)]);
  const changed = [...names].filter((name) => found[name] !== left[name]);
  if (changed.length > 0) throw new Error(`This file leaves changed: ${changed.join(", ")}.`);
});
