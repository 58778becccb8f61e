import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runWorkflow } from "../../fake-github/runner/run-workflow.ts";
import { buildRequest, buildSteps } from "../fake-github/runner/build-request.ts";
import { problem, type Seen, StandIn } from "./support/fake-zekt.ts";
import { runStep } from "./support/run-step.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const EVENT = { client_payload: { zekt: { correlationId: "77", deliveryId: "delivery-1" } } };
let zekt: StandIn;

const completed = ({ body }: Seen) => ({
  status: 200,
  json: {
    deliveryId: "delivery-1",
    status: JSON.parse(body).success ? "Completed" : "Failed",
    completedAt: "2026-01-01T00:00:00.000Z",
    isFinalized: true,
  },
});

beforeEach(async () => {
  zekt = await StandIn.start(completed);
});
afterEach(() => zekt[Symbol.asyncDispose]());

const complete = (inputs: Record<string, string>) => runStep("complete", zekt, { inputs, event: EVENT });
const sent = () => JSON.parse(zekt.calls[0]?.body ?? "");

test("a complete tells how the job went, and puts out what the delivery came to", async () => {
  const ran = await complete({ conclusion: "success" });
  expect(zekt.calls[0]).toMatchObject({ method: "POST", path: "/api/event-delivery/complete" });
  expect(sent()).toEqual({
    correlationId: "77",
    deliveryId: "delivery-1",
    success: true,
    conclusion: "success",
  });
  expect(ran).toMatchObject({
    code: 0,
    errors: [],
    outputs: { status: "Completed", "completed-at": "2026-01-01T00:00:00.000Z" },
  });
  expect(ran.summary).toContain("<tr><th>Conclusion</th><td>success</td></tr>");
});

test.each([
  ["exit 1", "failure", false],
  ["true", "success", true],
])("by default it is the job's status: after a step that runs '%s', %s", async (run, conclusion, success) => {
  const steps = `
      - run: ${run}
      - if: always()
        uses: zekt-dev-org/zekt-action/action/complete@v1
        with: { zekt-api-url: "${zekt.url}" }`;
  const { jobs } = await runWorkflow(
    buildRequest(buildSteps(steps, "permissions: { id-token: write }"), {
      event: EVENT,
      localActions: { "zekt-dev-org/zekt-action": ROOT },
      idToken: () => ({ url: `${zekt.url}/token?api-version=2.0`, token: "request-token" }),
    }),
  );
  expect(jobs[0]?.steps.at(-1)?.log).toContain("Delivery delivery-1 is");
  expect(sent()).toMatchObject({ success, conclusion });
});

test("both actions name the event's delivery on a runner that gives a step no file of its event", async () => {
  const text = JSON.stringify({ tag: "v1" });
  const hash = createHash("sha256").update(text).digest("hex");
  zekt.zekt = (seen) => {
    if (seen.method === "GET") return { status: 200, text, headers: { "x-zekt-sha256": hash } };
    const confirmed = { deliveryId: "delivery-1", status: "Confirmed", duplicate: false };
    return seen.path.endsWith("/confirm") ? { status: 200, json: confirmed } : completed(seen);
  };
  const of = (name: string) =>
    `uses: zekt-dev-org/zekt-action/action/${name}@v1\n        with: { zekt-api-url: "${zekt.url}" }`;
  const steps = `
      - id: zekt
        ${of("confirm")}
      - run: echo '\${{ steps.zekt.outputs.payload }}'
      - ${of("complete")}`;
  const { jobs, conclusion } = await runWorkflow(
    buildRequest(buildSteps(steps, "permissions: { id-token: write }"), {
      event: EVENT,
      hasEventFile: false,
      localActions: { "zekt-dev-org/zekt-action": ROOT },
      idToken: () => ({ url: `${zekt.url}/token?api-version=2.0`, token: "request-token" }),
    }),
  );
  expect([conclusion, jobs[0]?.steps[1]?.log]).toEqual(["success", text]);
  const posts = zekt.calls.filter(({ method }) => method === "POST").map(({ body }) => JSON.parse(body));
  const named = { correlationId: "77", deliveryId: "delivery-1" };
  expect(posts).toEqual([named, { ...named, success: true, conclusion: "success" }]);
});

test.each([
  ["where a step before it failed, failure", "true", "exit 1", "failure", false],
  ["where the job failed earlier, failure", "exit 1", "true", "failure", false],
  ["where nothing failed, success", "true", "true", "success", true],
])(
  "within a composite action it is the worse of both: %s",
  async (_, before, within, conclusion, success) => {
    const composite = `name: Deploy
description: For a test.
runs:
  using: composite
  steps:
    - { run: ${within}, shell: bash }
    - if: always()
      uses: zekt-dev-org/zekt-action/action/complete@v1
      with: { zekt-api-url: "${zekt.url}" }`;
    const folder = mkdtempSync(join(tmpdir(), "composite-"));
    writeFileSync(join(folder, "action.yml"), composite);
    const steps = `
      - run: ${before}
      - if: always()
        uses: octo/deploy@v1`;
    await runWorkflow(
      buildRequest(buildSteps(steps, "permissions: { id-token: write }"), {
        event: EVENT,
        localActions: { "zekt-dev-org/zekt-action": ROOT, "octo/deploy": folder },
        idToken: () => ({ url: `${zekt.url}/token?api-version=2.0`, token: "request-token" }),
      }),
    );
    rmSync(folder, { recursive: true });
    expect(sent()).toMatchObject({ success, conclusion });
  },
);

test("success given outright wins over the job's status", async () => {
  await complete({ success: "false", conclusion: "success" });
  expect(sent()).toMatchObject({ success: false, conclusion: "failure" });
});

test("another provider run's delivery can be named", async () => {
  await complete({ conclusion: "success", "correlation-id": "88" });
  expect(sent()).toEqual({ correlationId: "88", success: true, conclusion: "success" });
});

test.each([
  [{ success: "yes" }, "success must be true or false, not yes."],
  [{}, "Nothing says how it ended: leave conclusion out, for the job's status, or give success."],
])("inputs that say nothing (%#) fail the step", async (inputs, error) => {
  expect(await complete(inputs as Record<string, string>)).toMatchObject({
    code: 1,
    errors: [error],
    outputs: { status: "failed" },
  });
});

test("a delivery that another run owns is told in Zekt's words", async () => {
  zekt.zekt = () =>
    problem(409, "Conflict", "Run 5 of this workflow owns the delivery; only it may complete it.");
  expect(await complete({ conclusion: "success" })).toMatchObject({
    code: 1,
    errors: [
      `${zekt.host} answered 409 Conflict: Run 5 of this workflow owns the delivery; only it may complete it.`,
    ],
    outputs: { status: "failed" },
  });
});

test.each([
  ["failure", "Completed"],
  ["success", "Failed"],
])(
  "a job that ends in %s after the delivery was %s is warned that this stands",
  async (conclusion, status) => {
    zekt.zekt = (seen) => ({ status: 200, json: { ...completed(seen).json, status } });
    const ran = await complete({ conclusion });
    expect(ran).toMatchObject({ code: 0, outputs: { status } });
    expect(ran.log).toContain(
      `::warning::Delivery delivery-1 was ${status} before this step, which tells ${conclusion}, and stays so. Of several jobs let one complete the delivery, after all the others.\n`,
    );
  },
);

test.each(["success", "failure"])(
  "a job that ends in %s as the first is warned of nothing",
  async (conclusion) => {
    expect((await complete({ conclusion })).log).not.toContain("::warning::");
  },
);

test.each([
  ["true", "success"],
  ['test "$REGION" = eu', "failure"],
])(
  "of the guide's several jobs the last one tells how the others ended: after '%s', %s",
  async (run, conclusion) => {
    const guide = readFileSync(`${ROOT}docs/consumer-guide.md`, "utf8");
    const [, workflow = ""] = /```yaml\n(name: Regions[\s\S]*?)```/.exec(guide) ?? [];
    const line = `run: echo "Deploying to \${{ matrix.region }}"`;
    expect(workflow).toContain(line);
    const tried = workflow
      .replace(line, `run: ${run}\n        env: { REGION: "\${{ matrix.region }}" }`)
      .replace("https://zekt.example.com", zekt.url);
    zekt.zekt = (seen) =>
      seen.path.endsWith("/complete")
        ? completed(seen)
        : { status: 200, json: { deliveryId: "delivery-1", status: "Confirmed", duplicate: false } };
    await runWorkflow(
      buildRequest(tried, {
        event: EVENT,
        localActions: { "zekt-dev-org/zekt-action": ROOT },
        idToken: () => ({ url: `${zekt.url}/token?api-version=2.0`, token: "request-token" }),
      }),
    );
    const ends = zekt.calls.filter(({ path }) => path.endsWith("/complete"));
    expect(ends.map(({ body }) => JSON.parse(body))).toEqual([
      { correlationId: "77", deliveryId: "delivery-1", success: conclusion === "success", conclusion },
    ]);
  },
);
