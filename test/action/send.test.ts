import { afterEach, beforeEach, expect, test } from "vitest";
import { problem, StandIn } from "./support/fake-zekt.ts";
import { runStep } from "./support/run-step.ts";

const RECEIVED = { success: true, eventId: "message-1", consumersNotified: 3, message: "Stored." };
const LIMIT = 512 * 1024;
let zekt: StandIn;

beforeEach(async () => {
  zekt = await StandIn.start(() => ({ status: 202, json: RECEIVED }));
});
afterEach(() => zekt[Symbol.asyncDispose]());

const send = (inputs: Record<string, string> = {}, rest: Parameters<typeof runStep>[2] = {}) =>
  runStep("send", zekt, { inputs: { "event-type": "built", payload: "{}", ...inputs }, ...rest });

test("a message goes to Zekt with what is known of the run, and the outputs tell what became of it", async () => {
  const ran = await send({ payload: '{ "tag": "v1", "safe": "$(rm -rf /) `id`" }' });
  expect(ran).toMatchObject({
    code: 0,
    errors: [],
    stderr: "",
    outputs: { "event-id": "message-1", status: "success", "consumers-notified": "3" },
  });
  const [call] = zekt.calls;
  expect(call).toMatchObject({ method: "POST", path: "/api/events/receive" });
  expect(call?.headers).toMatchObject({
    authorization: "Bearer token-1",
    "content-type": "application/json",
    "user-agent": "zekt-action",
    "x-github-repository": "acme/releases",
    "idempotency-key": expect.stringMatching(/^[\da-f-]{36}$/),
  });
  expect(JSON.parse(call?.body ?? "")).toEqual({
    eventType: "built",
    repository: "acme/releases",
    workflowRunId: "9007199254740991",
    triggeredBy: "octocat",
    commitSha: "0123456789abcdef0123456789abcdef01234567",
    ref: "refs/heads/main",
    workflow: "Release",
    payload: { tag: "v1", safe: "$(rm -rf /) `id`" },
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
});

test("the job's summary has a table of what was sent", async () => {
  const { summary } = await send({ payload: '{"a":"ü"}' });
  expect(summary).toContain("<h3>Sent to Zekt</h3>");
  for (const [name, value] of [
    ["Event type", "built"],
    ["Event id", "message-1"],
    ["Consumers", "3"],
    ["Payload", "10 bytes"],
    ["Attempts", "1"],
  ]) {
    expect(summary).toContain(`<tr><th>${name}</th><td>${value}</td></tr>`);
  }
});

test("without a summary to write to, or where it cannot be written, the message is sent all the same", async () => {
  expect(await send({}, { env: { GITHUB_STEP_SUMMARY: undefined } })).toMatchObject({ code: 0 });
  const ran = await send({}, { env: { GITHUB_STEP_SUMMARY: "/nowhere/summary" } });
  expect(ran).toMatchObject({ code: 0, outputs: { status: "success" } });
  expect(ran.log).toMatch(/^::warning::The job's summary could not be written: /m);
});

test("where the runner's files cannot be written, as in a container of another user, one error says so", async () => {
  const ran = await send({}, { env: { GITHUB_OUTPUT: import.meta.dirname } });
  expect(ran).toMatchObject({
    code: 1,
    errors: [`EISDIR: illegal operation on a directory, open '${import.meta.dirname}'`],
    stderr: "",
  });
});

test("each execution of a step has an Idempotency-Key of its own", async () => {
  await send();
  await send();
  const keys = zekt.calls.map(({ headers }) => headers["idempotency-key"]);
  expect(new Set(keys).size).toBe(2);
});

test("a file's message is sent, whatever the default of payload, relative to the workspace", async () => {
  const ran = await send({ "payload-file": "m.json" }, { files: { "m.json": '\uFEFF{"rows": ["ü€😀"]}\n' } });
  expect(ran.code).toBe(0);
  expect(JSON.parse(zekt.calls[0]?.body ?? "").payload).toEqual({ rows: ["ü€😀"] });
});

test("the numbers of a message are sent as they were written", async () => {
  expect((await send({ payload: '{ "id": 9007199254740993, "far": 1e400 }' })).code).toBe(0);
  expect(zekt.calls[0]?.body).toContain(',"payload":{"id":9007199254740993,"far":1e400}}');
});

test("a message that will be blocked is warned of, with the reason", async () => {
  const message = "Stored, but it will be blocked: x.yml is not whitelisted.";
  zekt.zekt = () => ({ status: 202, json: { ...RECEIVED, message, blocked: "x.yml is not whitelisted." } });
  const { code, log } = await send();
  expect(code).toBe(0);
  expect(log).toContain(`::warning::${message}\n`);
});

test.each(["", "\n", " \n\t"])("an empty payload is sent as {}, with a warning (%j)", async (payload) => {
  const { log } = await send({ payload });
  expect(log).toContain("::warning::payload is empty, so {} is sent.");
  expect(JSON.parse(zekt.calls[0]?.body ?? "").payload).toEqual({});
});

/** JSON text of a size in UTF-8 bytes, most of it in characters of three bytes. */
const jsonOfSize = (bytes: number): string =>
  `"${"€".repeat(Math.floor((bytes - 2) / 3))}${"x".repeat((bytes - 2) % 3)}"`;

test("512 KB in UTF-8 are sent, however few characters or however much white space it is", async () => {
  const file = `  ${jsonOfSize(LIMIT)}\n\n`;
  expect((await send({ "payload-file": "m.json" }, { files: { "m.json": file } })).errors).toEqual([]);
  expect(Buffer.byteLength(JSON.stringify(JSON.parse(zekt.calls[0]?.body ?? "").payload))).toBe(LIMIT);
});

test("one byte more is refused before anything is asked of anyone", async () => {
  const ran = await send({ "payload-file": "m.json" }, { files: { "m.json": jsonOfSize(LIMIT + 1) } });
  expect(ran).toMatchObject({
    code: 1,
    errors: ["payload-file m.json has 524289 bytes as JSON in UTF-8; the limit is 524288."],
    outputs: { status: "failed" },
  });
  expect([...zekt.calls, ...zekt.audiences]).toEqual([]);
});

test.each([
  ["orchestrate", "true", /input orchestrate: Zekt starts each consumer's workflow itself/],
  ["wait", "60", /input wait: this step never waits/],
  ["execution_mode", "receive", /input execution_mode: the action's address says/],
  ["execution-mode", "receive", /input execution-mode: the action's address says/],
  ["zekt_payload", "{}", /input zekt_payload: .* use action\/confirm and its output payload/],
  ["zekt_run_id", "77", /input zekt_run_id: use action\/confirm or action\/complete with correlation-id/],
  ["github_token", "ghs_x", /input github_token: .* grant `id-token: write`/],
])(
  "the published action's input %s is refused by name, with what to do instead",
  async (name, value, error) => {
    const ran = await send({ [name]: value });
    expect(ran).toMatchObject({
      code: 1,
      errors: [expect.stringMatching(error)],
      outputs: { status: "failed" },
    });
    expect([...zekt.calls, ...zekt.audiences]).toEqual([]);
  },
);

test("an input of the published action that asks for nothing is no obstacle, and several are told at once", async () => {
  expect(await send({ orchestrate: "false", wait: "" })).toMatchObject({ code: 0 });
  expect((await send({ orchestrate: "true", wait: "true" })).errors).toEqual([
    expect.stringMatching(/ orchestrate: .*; wait: /),
  ]);
});

const latin1 = Buffer.from('"ü"', "latin1");
test.each<[string, Record<string, string>, Record<string, string | Uint8Array>, string]>([
  ["no event type", { "event-type": "" }, {}, "Input required and not supplied: event-type"],
  [
    "a long event type",
    { "event-type": "é".repeat(101) },
    {},
    "event-type must have 1 to 100 characters; it has 101.",
  ],
  [
    "the reserved event type",
    { "event-type": "zekt-workflow-completed" },
    {},
    "event-type zekt-workflow-completed is reserved, as it announces runs that finished; choose another.",
  ],
  [
    "a payload that is not JSON",
    { payload: '{\n  "a": s3cret\n}' },
    {},
    "payload is not JSON: there is a mistake at line 2, column 8 (position 9).",
  ],
  [
    "a payload that ends too early",
    { payload: '{"a":' },
    {},
    "payload is not JSON: it ends too early, at line 1, column 6 (position 5).",
  ],
  [
    "payload and payload-file",
    { payload: "[]", "payload-file": "m.json" },
    { "m.json": "{}" },
    "Give either payload or payload-file, not both.",
  ],
  [
    "a missing file",
    { "payload-file": "m.json" },
    {},
    "payload-file m.json cannot be read: there is no such file. A relative path starts at the workspace.",
  ],
  ["a folder", { "payload-file": "." }, {}, "payload-file . cannot be read: it is a folder."],
  [
    "a file that is not UTF-8",
    { "payload-file": "m.json" },
    { "m.json": latin1 },
    "payload-file m.json cannot be read: it is not UTF-8.",
  ],
  [
    "a file that Windows PowerShell wrote",
    { "payload-file": "m.json" },
    { "m.json": Buffer.from('\uFEFF{"version": "1.4.0"}\r\n', "utf16le") },
    "payload-file m.json cannot be read: it is UTF-16, as > of Windows PowerShell writes it. Write it as UTF-8, by Out-File -Encoding utf8.",
  ],
  [
    "a file that is not JSON",
    { "payload-file": "m.json" },
    { "m.json": "" },
    "payload-file m.json is not JSON: it ends too early, at line 1, column 1 (position 0).",
  ],
])("a step with %s fails with exactly one sentence", async (_, inputs, files, error) => {
  const ran = await send(inputs, { files });
  expect(ran).toMatchObject({ code: 1, errors: [error], stderr: "", outputs: { status: "failed" } });
  expect(zekt.calls).toEqual([]);
});

test.each([
  [
    problem(403, "Forbidden", "acme/releases is not enabled as a provider."),
    "answered 403 Forbidden: acme/releases is not enabled as a provider.",
  ],
  [
    problem(400, "Bad Request", "The body is not as asked for.", [
      { pointer: "/eventType", detail: "Too long" },
      { pointer: "/payload" },
    ]),
    "answered 400 Bad Request: The body is not as asked for. (at /eventType Too long; /payload)",
  ],
  [{ status: 404, text: "<html>" }, "answered 404, and not as Zekt does: check zekt-api-url."],
  [{ status: 200, text: "<html>" }, "answered 200, but not as Zekt does: check zekt-api-url."],
  [{ status: 202, json: { success: true } }, "answered 202, but not as Zekt does: check zekt-api-url."],
])("what Zekt refuses (%#) fails the step at once, in its words", async (reply, error) => {
  zekt.zekt = () => reply;
  expect(await send()).toMatchObject({
    code: 1,
    errors: [`${zekt.host} ${error}`],
    outputs: { status: "failed" },
  });
  expect(zekt.calls.length).toBe(1);
});

test("a redirect is told and not followed, so that the token goes nowhere else", async () => {
  zekt.zekt = () => ({ status: 307, headers: { location: `${zekt.url}/elsewhere` } });
  expect((await send()).errors).toEqual([
    `${zekt.host} answered 307, a redirect to ${zekt.url}/elsewhere: give the address that answers itself as zekt-api-url.`,
  ]);
  expect(zekt.calls.length).toBe(1);
});

test("what others wrote reaches neither the runner as a command nor the summary as markup", async () => {
  const eventType = "::set-env name=A::b\r\n##[add-mask]c\n\n<img src=x>";
  zekt.zekt = () => ({
    status: 202,
    json: { ...RECEIVED, eventId: "e\nstatus=evil", message: "\n::error::no ##[group]" },
  });
  const { log, outputs, summary, errors } = await send({ "event-type": eventType });
  expect(errors).toEqual([]);
  expect(log.split("\n").filter((line) => /^\s*::(?!debug|add-mask::token)|##\[/.test(line))).toEqual([]);
  expect(outputs).toMatchObject({ "event-id": "e\nstatus=evil", status: "success" });
  expect(summary).toContain("&lt;img src=x&gt;");
  expect(summary).not.toContain("<img");
  expect(summary.split("\n").filter((line) => line.trim() === "")).toEqual([""]);
});

test("a refusal for what looks like a credential fails the step with the place", async () => {
  const detail = "The message holds what looks like a credential, so it was not stored.";
  const errors = [{ pointer: "/payload/token", detail: "looks like a credential (GITHUB_TOKEN)" }];
  zekt.zekt = () => problem(400, "Bad Request", detail, errors);
  const ran = await send({ payload: '{"token":"x"}' });
  expect(ran).toMatchObject({ code: 1, outputs: { status: "failed" } });
  expect(ran.errors.join()).toContain(`${detail} (at /payload/token looks like a credential (GITHUB_TOKEN))`);
});

test("a credential that was masked is a warning", async () => {
  const message = "Stored with what looks like a credential masked (at /token); 3 will get it.";
  zekt.zekt = () => ({ status: 202, json: { ...RECEIVED, message, masked: ["/token"] } });
  const ran = await send();
  expect(ran).toMatchObject({ code: 0, outputs: { status: "success" } });
  expect(ran.log).toContain(`::warning::${message}`);
});
