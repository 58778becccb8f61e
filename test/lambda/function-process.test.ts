import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { FunctionProcess } from "./function-process.ts";

// Functions of a few lines, run as the packaged ones are. Amazon's own client passes these tests as well, where
// `ZEKT_TEST_LAMBDA_RUNTIME` names it.

/** Runs a function of its source, in CommonJS. */
function run(source: string, { timeout = 10, end = ".cjs" } = {}): FunctionProcess {
  const folder = mkdtempSync(join(tmpdir(), "zekt-function-"));
  writeFileSync(join(folder, `function${end}`), source);
  const given = { name: "zekt-test", handler: "function.handler", timeout, memory: 1024 };
  const one = new FunctionProcess({ ...given, statements: [], variables: {} }, folder, {});
  onTestFinished(async () => {
    await one.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return one;
}

const plain = (line: string): string => line.replace(/^\S+\t\S+\t/, "");

test("a function gets its event, its id and its time, and its answer comes as JSON has it", async () => {
  const one = run(`
    exports.handler = async (event, context) => ({
      event,
      id: context.awsRequestId,
      left: context.getRemainingTimeInMillis(),
      trace: process.env._X_AMZN_TRACE_ID,
      none: undefined,
      at: new Date(0),
    });`);
  const { left, ...rest } = (await one.call({ text: "größe \u0000" }, "Root=1-2-3")) as { left: number };
  expect(rest).toEqual({
    event: { text: "größe \u0000" },
    id: expect.stringMatching(/^[\da-f-]{36}$/),
    trace: "Root=1-2-3",
    at: "1970-01-01T00:00:00.000Z",
  });
  expect(left).toBeGreaterThan(8000);
  expect(left).toBeLessThanOrEqual(10_000);
});

test("a handler that answers nothing answers null", async () => {
  expect(await run("exports.handler = async () => {};").call({})).toBeNull();
});

test("nothing of a function runs between two calls", async () => {
  const one = run(`
    let ticks = 0;
    setInterval(() => { ticks += 1; }, 10);
    exports.handler = async () => ticks;`);
  const before = (await one.call({})) as number;
  await sleep(1000);
  expect(await one.call({})).toBeLessThan(before + 50);
});

test("a function is cut off at its time limit, and the next call starts it anew", async () => {
  const one = run(
    `let calls = 0;
    exports.handler = async ({ waits }) => {
      calls += 1;
      if (waits) await new Promise((done) => setTimeout(done, 60_000));
      return calls;
    };`,
    { timeout: 1 },
  );
  expect(await one.call({})).toBe(1);
  await expect(one.call({ waits: true })).rejects.toThrow("Sandbox.Timedout: Task timed out after 1 seconds");
  expect(await one.call({})).toBe(1);
});

test.each([
  ["a rejection that nobody handles", "Promise.reject(new Error('unheard'));"],
  ["an exception of a timer", "setTimeout(() => { throw new Error('unheard'); });"],
])("%s ends the process and with it the call; the next one starts it anew", async (_, failing) => {
  const one = run(`
    exports.handler = async ({ fails }) => {
      if (fails) { ${failing} await new Promise((done) => setTimeout(done, 5000)); }
      return process.pid;
    };`);
  const before = await one.call({});
  await expect(one.call({ fails: true })).rejects.toThrow(
    "Runtime.ExitError: Runtime exited with error: exit status 1",
  );
  expect(await one.call({})).not.toBe(before);
  expect(one.printed.join("\n")).toContain("Error: unheard");
});

test("an error that a handler throws fails its call alone, and is printed with all that it holds", async () => {
  const one = run(`
    exports.handler = async ({ fails }) => {
      if (fails) throw Object.assign(new TypeError("refused\\nhere"), { held: { key: 1 } });
      return process.pid;
    };`);
  const before = await one.call({});
  await expect(one.call({ fails: true })).rejects.toThrow("TypeError: refused\nhere");
  expect(await one.call({})).toBe(before);
  expect(one.printed.map(plain)).toEqual([
    expect.stringMatching(/^ERROR\tInvoke Error ?\t\{.*"held":\{"key":1\}/),
  ]);
});

test("an answer that is too large fails its call and is printed, and the handler learns nothing of it", async () => {
  const one = run(`
    let calls = 0;
    exports.handler = async ({ size }) => ({ calls: ++calls, text: "x".repeat(size) });`);
  await expect(one.call({ size: 6 * 1024 * 1024 })).rejects.toThrow("Function.ResponseSizeTooLarge");
  expect(await one.call({ size: 0 })).toEqual({ calls: 2, text: "" });
  expect(one.printed).toEqual([expect.stringMatching(/^\[ERROR\].* 413.*"RequestEntityTooLarge"/)]);
});

test.each([
  ["a handler that takes a callback", "exports.handler = (event, context, callback) => callback(null, 1);"],
  ["a file that throws as it is loaded", "throw new Error('broken');"],
  ["a file without the handler", "exports.other = async () => 1;"],
])("%s fails each call", async (_, source) => {
  const one = run(source);
  for (const event of [{}, {}]) await expect(one.call(event)).rejects.toThrow(/Error|Runtime/);
  expect(one.printed.map(plain)).toContainEqual(expect.stringMatching(/^ERROR\tInit Error/));
});

test("a handler may be one of an ES module", async () => {
  const one = run("export const handler = async () => import.meta.filename.slice(-12);", { end: ".mjs" });
  expect(await one.call({})).toBe("function.mjs");
});
