import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { HOUR, iso, MINUTE } from "../../app/domain/clock.ts";
import { CATCH_UP, NEXT_APP_LOG, SCHEDULE_LOCK } from "../../app/store/fact-kinds.ts";
import { openStore } from "../../app/store/store.ts";
import { CASES } from "../../demo/cases.ts";
import { playExactRuns } from "../../demo/exact-runs.ts";
import { play } from "../../demo/play.ts";
import { populate } from "../../demo/populate.ts";
import { access, type FunctionName } from "../../deploy/access.ts";
import { type Stage, setStage } from "../../harness/stage.ts";
import { silent, tokenOf } from "../../harness/world.ts";
import { userToken } from "../http/client.ts";
import { bytesOf, eventOf, type HttpResult, MAX_EVENT_BYTES } from "./http-event.ts";
import { allows, grantsOf, type Statement } from "./iam.ts";
import { anyRequest, ODD_EVENTS } from "./odd-events.ts";
import type { Packaged } from "./package.ts";
import { testTemplate } from "./packaged-template.ts";
import { sharedPackage } from "./shared-package.ts";
import { type Lambdas, SCHEDULED, sqsRecord, startLambdas, storeJob } from "./start-lambdas.ts";
import { useTheRest } from "./the-rest.ts";

/** Events that are made up; `ZEKT_FUZZ` has more of them made. */
const FUZZ = Number(process.env.ZEKT_FUZZ ?? 12) * 10;

let packaged: Packaged;
let stage: Stage;
let lambdas: Lambdas;
const quiet = (): void => {};

beforeAll(async () => {
  packaged = await sharedPackage();
  stage = await setStage({ log: silent, start: startLambdas(packaged), operators: ["zekt-operator"] });
  lambdas = stage.server as Lambdas;
  await populate(stage, quiet);
}, 120_000);

afterAll(async () => {
  await stage?.close();
});

testTemplate(() => packaged.template);

test.each(CASES)(
  "packaged as it is uploaded, it plays the demo's story: $name",
  async (one) => {
    const { got, expected } = await play(stage, one, quiet);
    expect(got).toEqual(expected);
  },
  60_000,
);

test("deliveries by workflow_dispatch go to the runs that GitHub names, through the packaged functions", async () => {
  for (const { case: name, got, expected } of await playExactRuns(stage, quiet)) {
    expect(got, name).toEqual(expected);
  }
}, 120_000);

const secret = (): string => [...stage.github.world.apps.values()][0]?.hook.secret as string;

/** Calls the webhooks function with a body that GitHub would send to an address. */
async function deliver(
  path: string,
  body: string | Buffer<ArrayBuffer>,
  options: { base64?: boolean; signature?: string | null; event?: string; type?: string } = {},
): Promise<HttpResult> {
  const { base64 = false, event = "push", type = "application/json" } = options;
  const signature =
    options.signature === undefined
      ? `sha256=${createHmac("sha256", secret()).update(body).digest("hex")}`
      : options.signature;
  const request = new Request(`https://zekt.example.com${path}`, {
    method: "POST",
    body,
    headers: {
      "content-type": type,
      "X-GitHub-Event": event,
      "X-GitHub-Delivery": crypto.randomUUID(),
      ...(signature ? { "X-Hub-Signature-256": signature } : {}),
    },
  });
  return (await lambdas.functions.webhooks.call(await eventOf(request, base64))) as HttpResult;
}

/** A push that Zekt has nothing to do with; the name of its branch is not plain ASCII. */
const PUSH = JSON.stringify({
  ref: "refs/heads/größe",
  after: "0".repeat(40),
  commits: [],
  repository: { id: 1, default_branch: "main", owner: { id: 1 } },
});

test.each([false, true])("a webhook is taken in as text and in base64 alike (base64: %s)", async (base64) => {
  expect(await deliver("/github/webhooks", PUSH, { base64 })).toMatchObject({ statusCode: 202 });
});

test.each([
  ["a wrong signature", `sha256=${"0".repeat(64)}`],
  ["a signature that is none", "nonsense"],
  ["no signature", null],
])("%s is answered 401 by the function, not by an error of it", async (_, signature) => {
  for (const path of ["/github/webhooks", "/github/webhooks/repositories/1"]) {
    for (const event of ["push", "workflow_run"]) {
      expect(await deliver(path, PUSH, { signature, event })).toMatchObject({ statusCode: 401 });
    }
  }
});

test("what is signed and is no JSON is answered 400, and another content type 415", async () => {
  expect(await deliver("/github/webhooks", "{")).toMatchObject({ statusCode: 400 });
  const form = "application/x-www-form-urlencoded";
  expect(await deliver("/github/webhooks", PUSH, { type: form })).toMatchObject({ statusCode: 415 });
});

test("bytes that are no UTF-8 are verified as they came in base64, and then refused", async () => {
  const bytes = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
  const signed = (over: Buffer | string): string =>
    `sha256=${createHmac("sha256", secret()).update(over).digest("hex")}`;
  const answered = (over: Buffer | string) =>
    deliver("/github/webhooks", bytes, { base64: true, signature: signed(over) });
  expect(await answered(bytes)).toMatchObject({ statusCode: 400, body: expect.stringContaining("UTF-8") });
  expect(await answered(bytes.toString())).toMatchObject({ statusCode: 401 });
});

test("whatever it is called with, the webhooks function answers below 500 and throws nothing", async () => {
  const { webhooks } = lambdas.functions;
  const expectAnswered = async (event: unknown): Promise<void> => {
    const { statusCode, body = "" } = (await webhooks.call(event)) as HttpResult;
    expect([202, 400, 401, 404, 415], `${JSON.stringify(event)}: ${body}`).toContain(statusCode);
  };
  for (const event of ODD_EVENTS) await expectAnswered(event);
  await fc.assert(fc.asyncProperty(anyRequest(secret()), expectAnswered), { numRuns: FUZZ });
}, 180_000);

test("what cannot be stored is answered 500, so that GitHub's log shows it, and is read there soon", async () => {
  const { facts } = lambdas.deps.store;
  const later = { at: iso(Date.now() + HOUR) };
  await facts.set(NEXT_APP_LOG.of(), later);
  const installed = JSON.stringify({ action: "created", installation: { id: 1, account: { id: 1 } } });
  lambdas.gates.webhooks.shut = true;
  expect(await deliver("/github/webhooks", installed, { event: "installation" })).toMatchObject({
    statusCode: 500,
  });
  lambdas.gates.webhooks.shut = false;
  expect(await facts.get(NEXT_APP_LOG.of())).toEqual(later);
  expect(await deliver("/github/webhooks", PUSH)).toMatchObject({ statusCode: 202 });
  expect(await facts.get(NEXT_APP_LOG.of())).toBeNull();
  const told = () => lambdas.functions.webhooks.log().find(({ event }) => event === "webhook.unstored");
  await expect.poll(told).toMatchObject({
    Stage: "test",
    WebhooksNotStored: 1,
    _aws: { CloudWatchMetrics: [{ Namespace: "Zekt", Dimensions: [["Stage"]] }] },
  });
});

test("of a batch only the records that failed are named, and the others are done", async () => {
  const repositoryId = stage.repositoryId("acme/releases");
  const good = await storeJob(lambdas, { kind: "repository", repositoryId, ownerId: "1", deleted: false });
  const before = stage.github.control.requests().length;
  const answer = await lambdas.functions.worker.call({
    Records: [
      sqsRecord("routing", "bad", "{"),
      sqsRecord("routing", "good", good),
      sqsRecord("delivery", "worse", JSON.stringify({ deliveryId: 1 })),
    ],
  });
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "bad" }, { itemIdentifier: "worse" }] });
  const asked = () =>
    stage.github.control
      .requests()
      .slice(before)
      .map(({ path }) => path);
  // The job is stored first, and done by a message of its own.
  await expect.poll(asked).toContain(`/repositories/${repositoryId}`);
  expect(await lambdas.storage.queue("routing").receive(10)).toEqual([]);
});

test("while GitHub is slow, a job ends before its function would be cut off, and goes on later", async () => {
  const repositoryId = stage.repositoryId("acme/releases");
  const { ownerId } = (await lambdas.deps.store.accounts.getRepository(repositoryId)) as { ownerId: string };
  const job = await storeJob(lambdas, { kind: "file", repositoryId, ownerId, sha: null });
  // A request may take ten seconds, and what GitHub said takes two to be stored: so the second begins no more.
  const worker = lambdas.startFresh("worker", 12.5);
  onTestFinished(() => worker.stop());
  stage.github.control.configure({ latencyMs: 700 });
  const answer = await worker.call({ Records: [sqsRecord("routing", "slow", job)] });
  stage.github.control.configure({ latencyMs: 0 });
  expect(answer).toEqual({ batchItemFailures: [] });
  const postponed = worker.log().filter(({ event }) => event === "job.postponed");
  expect(postponed.map(({ reason }) => reason)).toEqual(["GitHub took too long; try again in a minute."]);
  const stored = await lambdas.deps.store.jobs.get(JSON.parse(job));
  expect(Date.parse(stored?.notBefore ?? "")).toBeGreaterThan(Date.now() + 20_000);
});

test("the minute's work leaves what its function has no time for to the next", async () => {
  const { facts } = lambdas.deps.store;
  await facts.remove(NEXT_APP_LOG.of());
  // Half a minute is for what asks GitHub for nothing, and a request may take ten seconds.
  const schedule = lambdas.startFresh("schedule", 40);
  onTestFinished(() => schedule.stop());
  await schedule.call(SCHEDULED);
  expect(schedule.log()).toContainEqual(
    expect.objectContaining({
      event: "hook-log.unreadable",
      reason: "GitHub took too long; try again in a minute.",
    }),
  );
  expect(await facts.get(SCHEDULE_LOCK.of())).toBeNull();
});

test("a minute of which parts fail says why, which Lambda's own line of it does not", async () => {
  const schedule = lambdas.startFresh("schedule");
  onTestFinished(() => schedule.stop());
  const gate = lambdas.gates.schedule;
  const { statements } = gate.given;
  const isLeft = (action: string): boolean => action !== "dynamodb:Query";
  gate.given.statements = statements.map((one) => ({ ...one, Action: one.Action.filter(isLeft) }));
  const failed = schedule.call(SCHEDULED);
  await expect(failed).rejects.toThrow("AggregateError: 2 of the minute's parts failed");
  gate.given.statements = statements;
  gate.denied.clear();
  const told = schedule.log().find(({ event }) => event === "schedule.failed");
  expect(JSON.stringify(told?.err)).toContain("The role does not allow: dynamodb:Query");
  expect(schedule.printed.find((line) => line.includes("Invoke Error"))).not.toContain("dynamodb:Query");
});

test("a request that GitHub is too slow for is answered before its function would be cut off", async () => {
  const api = lambdas.startFresh("api", 12);
  onTestFinished(() => api.stop());
  const headers = { authorization: `Bearer ${userToken(stage, "acme-dev")}` };
  const event = await eventOf(new Request(`${lambdas.url}/api/repositories`, { headers }), false);
  const { statusCode, body } = (await api.call(event)) as HttpResult;
  expect([statusCode, JSON.parse(body ?? "{}").detail]).toEqual([
    503,
    "GitHub took too long; try again in a minute.",
  ]);
});

test("an alarm on webhooks that may have been refused has the schedule read all logs, with the next minute", async () => {
  const { facts } = lambdas.deps.store;
  const now = Date.now();
  await facts.set(NEXT_APP_LOG.of(), { at: iso(now + HOUR) });
  await facts.remove(CATCH_UP.of());
  await lambdas.functions.schedule.call({
    ...SCHEDULED,
    source: "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm State Change",
    time: iso(now),
    detail: {
      alarmName: "zekt-test-WebhooksThrottles",
      state: { value: "ALARM", timestamp: iso(now).replace("Z", "+0000") },
      previousState: { value: "OK", timestamp: iso(now - HOUR).replace("Z", "+0000") },
    },
  });
  expect(await facts.get(CATCH_UP.of())).toMatchObject({ since: iso(now - 15 * MINUTE) });
  expect(await facts.get(NEXT_APP_LOG.of())).toBeNull();
  const asked = (): string[] => stage.github.control.requests().map(({ path }) => path);
  const before = asked().length;
  await lambdas.tick();
  expect(asked().slice(before)).toContain("/app/hook/deliveries");
});

test("the schedule takes up what is past due, and not while the one before still does", async () => {
  const { facts } = lambdas.deps.store;
  const { runs } = openStore(lambdas.storage, { now: () => Date.now() - HOUR });
  const { repositoryId, runId, runAttempt } = {
    repositoryId: stage.repositoryId("acme/releases"),
    runId: "4711",
    runAttempt: 1,
  };
  await runs.addEvent({
    ...{ repositoryId, runId, runAttempt },
    ownerId: "1",
    eventId: "event-that-was-lost-between-store-and-queue",
    headRepositoryId: repositoryId,
    receivedAt: iso(Date.now() - HOUR),
    run: { id: 4711, run_attempt: 1, path: ".github/workflows/nightly.yml", event: "push" } as never,
  });
  const routed = (): boolean =>
    lambdas.functions.worker.log().some(({ correlationId }) => correlationId === runId);
  await facts.claim(SCHEDULE_LOCK.of(), { holder: "another" });
  await lambdas.tick();
  const last = () => lambdas.functions.schedule.log().at(-1);
  await expect.poll(last).toMatchObject({ SchedulesSkipped: 1 });
  expect(routed()).toBe(false);
  await facts.remove(SCHEDULE_LOCK.of());
  await lambdas.tick();
  await expect.poll(routed, { timeout: 10_000 }).toBe(true);
  expect(await facts.get(SCHEDULE_LOCK.of())).toBeNull();
});

test("a function whose secrets are missing says which, and works once they are there", async () => {
  const { parameters } = lambdas;
  const key = parameters.WEBHOOK_SECRET;
  delete parameters.WEBHOOK_SECRET;
  const fresh = lambdas.startFresh("webhooks");
  const request = () =>
    new Request("https://zekt.example.com/github/webhooks", { method: "POST", body: "{}" });
  await expect(fresh.call(await eventOf(request(), false))).rejects.toThrow(
    /WEBHOOK_SECRET: [\s\S]*aws ssm put-parameter .*\/zekt\/test\//,
  );
  parameters.WEBHOOK_SECRET = key;
  expect(await fresh.call(await eventOf(request(), false))).toMatchObject({ statusCode: 415 });
  await fresh.stop();
});

test("the console's addresses, the API's document and health are answered by the API's function", async () => {
  for (const [path, status] of [
    ["/", 200],
    ["/healthz", 200],
    ["/api/openapi.json", 200],
    ["/api/no-such", 404],
    ["/no-such", 404],
  ] as const) {
    const response = await fetch(lambdas.url + path, { redirect: "manual" });
    expect([path, response.status]).toEqual([path, status]);
  }
});

test.each(["TRACE", "TRACK", "CONNECT", "PROPFIND"])(
  "%s is answered with the API's own problem",
  async (method) => {
    for (const [path, status] of [
      ["/api/user", 405],
      ["/api/events/receive", 405],
      ["/no-such", 404],
    ] as const) {
      const event = await eventOf(new Request(`https://zekt.example.com${path}`), false);
      const { http, ...context } = event.requestContext as { http: object };
      const requestContext = { ...context, http: { ...http, method } };
      const { statusCode, headers } = (await lambdas.functions.api.call({
        ...event,
        requestContext,
      })) as HttpResult;
      expect([path, statusCode, headers?.["content-type"]]).toEqual([
        path,
        status,
        "application/problem+json",
      ]);
    }
  },
);

test.each(["GET", "HEAD"])("a body that comes with %s changes nothing of the answer", async (method) => {
  const event = await eventOf(new Request("https://zekt.example.com/api/user", { method }), false);
  const answer = (await lambdas.functions.api.call({ ...event, body: "{}" })) as HttpResult;
  expect([answer.statusCode, answer.headers?.["content-type"]]).toEqual([401, "application/problem+json"]);
});

const MESSAGE = 512 * 1024 - 2;
test.each([
  ["plain", JSON.stringify("x".repeat(MESSAGE))],
  ["quotes alone", JSON.stringify('"'.repeat(MESSAGE / 2))],
  ["every character escaped", `"${"\\u0061".repeat(MESSAGE)}"`],
  ["three bytes a character, escaped", `"${"\\u20ac".repeat(MESSAGE / 3)}"`],
])("a message of 512 KB fits into Lambda's 6 MB, however it is written: %s", async (_, payload) => {
  const body = `{"eventType":"large","payload":${payload}}`;
  for (const base64 of [false, true]) {
    const request = new Request("https://zekt.example.com/api/events/receive", { method: "POST", body });
    expect(bytesOf(await eventOf(request, base64))).toBeLessThan(MAX_EVENT_BYTES);
  }
  const runs = await stage.github.control.startRun({
    repository: "acme/releases",
    workflow: ".github/workflows/release.yml",
  });
  const token = await tokenOf(stage, runs.id);
  const answer = await fetch(`${lambdas.url}/api/events/receive`, {
    method: "POST",
    body,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  });
  expect([answer.status, await answer.text()]).toEqual([202, expect.stringContaining('"success":true')]);
});

test("Lambda takes no body whose quotes make it more than 6 MB, though it has fewer bytes", async () => {
  const body = JSON.stringify('"'.repeat(2.4 * 1024 * 1024));
  expect(body.length).toBeLessThan(5 * 1024 * 1024);
  const answer = await fetch(`${lambdas.url}/github/webhooks`, { method: "POST", body });
  expect([answer.status, await answer.text()]).toEqual([413, '{"message":"Request Entity Too Large"}']);
});

test("the API's page is answered with its script and style, which are in the package", async () => {
  const page = await (await fetch(`${lambdas.url}/api/docs`)).text();
  const files = [...page.matchAll(/(?:src|href)="(\/api\/docs\/[^"]+)"/g)].map(([, path]) => path as string);
  expect(files).toEqual(["/api/docs/swagger-ui.css", "/api/docs/swagger-ui-bundle.js", "/api/docs/start.js"]);
  const folder = `${packaged.folderOf("api")}/node_modules/swagger-ui-dist`;
  for (const path of files) {
    const response = await fetch(lambdas.url + path);
    expect([path, response.status]).toEqual([path, 200]);
    const name = path.slice("/api/docs/".length);
    const text = await response.text();
    if (name === "start.js") expect(text).toContain("SwaggerUIBundle(");
    else expect(text === readFileSync(`${folder}/${name}`, "utf8"), name).toBe(true);
  }
});

test("no variable of a function holds a secret", () => {
  const functions = Object.values(packaged.template.Resources).filter(
    ({ Type }) => Type === "AWS::Lambda::Function",
  );
  expect(functions).toHaveLength(4);
  for (const { Properties } of functions) {
    const { Variables } = Properties.Environment as { Variables: Record<string, unknown> };
    expect(Object.keys(Variables).filter((name) => /SECRET|KEY|TOKEN|PASSWORD/.test(name))).toEqual([]);
  }
});

test("no function logged an error that the tests did not provoke", () => {
  const provoked = ["webhook.unstored", "queue-message.failed", "job.failed"];
  for (const { printed } of Object.values(lambdas.functions)) {
    expect(printed.filter((line) => !line.startsWith("{"))).toEqual([]);
  }
  const provokedOnly = ({ event, msg }: Record<string, unknown>): boolean =>
    provoked.includes(String(event)) || /The role does not allow/.test(String(msg));
  const errors = Object.values(lambdas.functions).flatMap((one) =>
    one.log().filter((line) => ["error", "fatal"].includes(String(line.level)) && !provokedOnly(line)),
  );
  expect(errors).toEqual([]);
});

test("and does what the story leaves out", { timeout: 120_000 }, () => useTheRest(stage, lambdas));

test("each function asked for nothing that its role does not allow", () => {
  for (const { denied } of Object.values(lambdas.gates)) expect([...denied]).toEqual([]);
});

/** A grant in a few words: `dynamodb:GetItem runs`, `s3:ListBucket archive events/*`. */
const shortOf = ({ Action, Resource, Condition }: Statement): string =>
  [
    Action[0],
    String(Resource)
      .replace(/^(?:[^:]*:){5}(?:table\/|parameter\/)?/, "")
      .replace(/^\/?zekt[/-]test[/-]/, "")
      .replace(/^archive-[^/]*/, "archive"),
    ...Object.values(Condition ?? {}).flatMap((keys) => Object.values(keys)),
  ].join(" ");

/** The actions that Lambda itself takes in a function's name, which these tests do not see. */
const OF_LAMBDA = /^(?:logs:|xray:|sqs:GetQueueAttributes$)/;

test("no role allows what its function has no use for", () => {
  for (const name of Object.keys(access) as FunctionName[]) {
    const { used, given } = lambdas.gates[name];
    const isUsed = (grant: Statement): boolean =>
      used.some(
        (ask) =>
          allows([grant], ask) ||
          // One item or several at once: which it is, is a matter of the moment.
          (/GetItem$/.test(ask.action) &&
            ["dynamodb:GetItem", "dynamodb:BatchGetItem"].some((action) =>
              allows([grant], { ...ask, action }),
            )),
      );
    const grants = grantsOf(given.statements).filter(({ Action: [action = ""] }) => !OF_LAMBDA.test(action));
    expect(grants.filter((grant) => !isUsed(grant)).map(shortOf), name).toEqual([]);
  }
});

test("a role allows its function's own tables, queues, objects and secrets, and nobody else's", () => {
  const runs = "arn:aws:dynamodb:us-east-1:123456789012:table/zekt-test-runs";
  const archive = "arn:aws:s3:::zekt-test-archive-123456789012-us-east-1";
  const may = (name: FunctionName, action: string, resource: string, prefix?: string): boolean =>
    allows(lambdas.gates[name].given.statements, {
      action,
      resource,
      context: prefix === undefined ? {} : { "s3:prefix": prefix },
    });
  expect(may("worker", "dynamodb:GetItem", runs)).toBe(true);
  expect(may("worker", "dynamodb:Query", `${runs}/index/byRepository`)).toBe(true);
  expect(may("worker", "s3:ListBucket", archive, "events/1/")).toBe(true);
  const refused: [FunctionName, string, string, string?][] = [
    ["worker", "dynamodb:Scan", runs],
    ["worker", "dynamodb:Query", `${runs}/index/due`],
    ["worker", "dynamodb:GetItem", runs.replace("test", "prod")],
    ["worker", "dynamodb:GetItem", runs.replace("runs", "sessions")],
    ["worker", "s3:ListBucket", archive],
    ["worker", "s3:ListBucket", archive, ""],
    ["worker", "s3:GetObject", `${archive}/other/1`],
    ["webhooks", "s3:GetObject", `${archive}/events/1`],
    ["webhooks", "sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:zekt-test-delivery"],
    ["webhooks", "ssm:GetParameters", "arn:aws:ssm:us-east-1:123456789012:parameter/zekt/test/PRIVATE_KEY"],
    ["api", "ssm:GetParameters", "arn:aws:ssm:us-east-1:123456789012:parameter/zekt/prod/PRIVATE_KEY"],
  ];
  for (const [name, ...ask] of refused)
    expect([name, ...ask, may(name, ...ask)]).toEqual([name, ...ask, false]);
});

test("no role allows everything of a kind, but to write traces", () => {
  for (const { given } of Object.values(lambdas.gates)) {
    for (const { Action, Resource } of given.statements) {
      expect(Action.filter((action) => action.includes("*"))).toEqual([]);
      if (!Action.every((action) => action.startsWith("xray:"))) expect(Resource).not.toBe("*");
    }
  }
});

test("each function comes with the licences of what it is bundled from", () => {
  const licencesOf = (folder: string): string => readFileSync(`${folder}/licenses.txt`, "utf8");
  for (const name of Object.keys(access) as FunctionName[]) {
    const text = licencesOf(`${packaged.folderOf(name)}/app/lambda`);
    expect(text).toMatch(/^@aws-sdk\/client-dynamodb \d.* \(Apache-2\.0\)$/m);
    expect(text).toContain("Apache License");
  }
});
