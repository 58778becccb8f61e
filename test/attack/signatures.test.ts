import { createHmac, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import { dispatchesTo, startWorld, WORKFLOW, type World } from "../../harness/world.ts";
import { comparedIn } from "./compared.ts";

let world: World;
let captured: { body: string; signature: string };
let runId: string;

beforeAll(async () => {
  world = await startWorld();
  const { control } = world.github;
  const run = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  const [sent] = await control.completeRun(run.id, "success");
  runId = String(run.id);
  captured = {
    body: sent?.request.body as string,
    signature: sent?.request.headers["X-Hub-Signature-256"] as string,
  };
  await until(() => dispatchesTo(world, "initech/consumer").length === 1);
});
afterAll(() => world.close());

type Body = string | Buffer<ArrayBuffer>;

const send = (path: string, headers: Record<string, string> = {}, body: Body = captured.body) =>
  fetch(`${world.server.url}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": "workflow_run",
      "x-github-delivery": randomUUID(),
      "x-hub-signature-256": captured.signature,
      ...headers,
    },
    body,
  });

const post = async (...asked: Parameters<typeof send>): Promise<number> => (await send(...asked)).status;

const own = (): string => `/github/webhooks/repositories/${world.provider}`;

test("a captured webhook played again and again has the effect of once", async () => {
  expect(captured.signature).toMatch(/^sha256=/);
  for (let n = 0; n < 5; n++) expect(await post(own())).toBe(202);
  await world.github.control.idle();
  const { events } = await world.server.deps.store.runs.load({ repositoryId: world.provider, runId });
  expect(events).toHaveLength(1);
  expect(dispatchesTo(world, "initech/consumer")).toHaveLength(1);
});

test("a captured webhook is good at no other address", async () => {
  expect(await post(`/github/webhooks/repositories/${world.consumer}`)).toBe(401);
  expect(await post("/github/webhooks/repositories/999999")).toBe(401);
  expect(await post(`/github/webhooks?repository=${world.consumer}`)).toBe(401);
  expect(await post("/github/webhooks")).toBe(401);
});

test("a captured signature is good for no other body, not even by a space", async () => {
  for (const body of [`${captured.body} `, captured.body.replace("success", "failure"), "{}"])
    expect(await post(own(), {}, body)).toBe(401);
});

/** JSON but for one byte that no UTF-8 has: read as text, it would be U+FFFD, which has three bytes of its own. */
const [opening, closing] = ['{"ref":"', '"}'].map((text) => Buffer.from(text));
const NO_UTF8 = Buffer.concat([opening as Buffer, Buffer.of(0xff), closing as Buffer]);

test.each([
  ["the App's", () => "/github/webhooks"],
  ["a repository's", own],
])("%s webhooks are verified over their bytes, not over what these are read as", async (_, path) => {
  const { control, world: github } = world.github;
  const secret =
    path() === own()
      ? control.repository("acme/provider").hooks[0]?.secret
      : [...github.apps.values()][0]?.hook.secret;
  const signed = (bytes: Buffer | string) => ({
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret as string)
      .update(bytes)
      .digest("hex")}`,
  });
  expect(await post(path(), signed(NO_UTF8.toString()), NO_UTF8)).toBe(401);
  expect(await post(path(), { "x-hub-signature-256": "sha256=00" }, NO_UTF8)).toBe(401);
  const answer = await send(path(), signed(NO_UTF8), NO_UTF8);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    detail: "The body is not valid UTF-8, which JSON has to be.",
  });
});

test("a byte order mark belongs to the bytes that are signed", async () => {
  const marked = `\ufeff${captured.body}`;
  expect(await post(own(), {}, marked)).toBe(401);
});

test("a captured body under another event's name moves nothing", async () => {
  for (const event of ["push", "installation", "ping"])
    expect(await post(own(), { "x-github-event": event })).toBe(202);
  expect(dispatchesTo(world, "initech/consumer")).toHaveLength(1);
});

test("the older signature by SHA-1 is not taken", async () => {
  const secret = world.github.control.repository("acme/provider").hooks[0]?.secret as string;
  const sha1 = `sha1=${createHmac("sha1", secret).update(captured.body).digest("hex")}`;
  expect(await post(own(), { "x-hub-signature-256": sha1 })).toBe(401);
  expect(await post(own(), { "x-hub-signature-256": "", "x-hub-signature": sha1 })).toBe(401);
});

test.each([
  ["the App's", () => "/github/webhooks"],
  ["a repository's", own],
])("%s webhooks' signatures are compared in constant time, right or wrong", async (_, path) => {
  for (const digits of ["0".repeat(64), captured.signature.slice(7)]) {
    const compared = await comparedIn(() => post(path(), { "x-hub-signature-256": `sha256=${digits}` }));
    // Whole digests of one length are what is compared.
    expect(compared.length).toBeGreaterThan(0);
    for (const [a, b] of compared) expect(a).toBe(b);
  }
});
