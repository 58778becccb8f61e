import { expect, test } from "vitest";
import { problem, type Reply, StandIn } from "../action/support/fake-zekt.ts";
import { type Ran, runStep } from "../action/support/run-step.ts";

/** The texts that would be a command to the runner, a heading or a script in a summary, or another output. */
const INJECTIONS = [
  "x\n::set-output name=status::success",
  "x\r\n::error::pwned",
  "::add-mask::a",
  "##[add-path]/evil",
  "x\n##[group]pwned",
  "%0A::error::pwned",
  "x\u2028::warning::pwned",
  "x\nZEKT_EOF\npwned=1",
  "</td></table>\n\n# pwned\n\n<script>alert(1)</script>",
  "<img src=https://evil.example/pixel>",
  "[click](https://evil.example)",
  "\u001b]8;;https://evil.example\u0007pwned\u001b[2J",
];

/** Commands that the steps themselves give. */
const OWN = /^::(?:add-mask::token-|error::|notice::|warning::|debug::)/;

function expectNothingInjected({ log, outputs, summary }: Ran, allowed: readonly string[]): void {
  for (const line of log.split(/\r\n|[\r\n]/)) {
    if (line.trimStart().startsWith("::")) expect(line).toMatch(OWN);
    expect(line).not.toContain("##[");
  }
  expect(log.match(/^::(?:error|warning|notice)::/gm)?.length ?? 0).toBeLessThanOrEqual(1);
  expect(log).not.toContain("\u001b");
  expect(summary).not.toContain("\u001b");
  expect(Object.keys(outputs).filter((name) => !allowed.includes(name))).toEqual([]);
  expect(summary).not.toMatch(/<script|<img|<a\b|^#|<\/table>[\s\S]*<\/table>/m);
  // A heading and a table without a line between are one block of HTML, in which Markdown is no markup:
  // https://github.github.com/gfm/#html-blocks
  expect(summary).toMatch(/^(?:<h3>[^<\n]*<\/h3>\n<table>[^\n]*<\/table>\n)?$/);
}

const answered =
  (text: string): StandIn["zekt"] =>
  ({ path }): Reply =>
    path.endsWith("/payload")
      ? { status: 200, text, headers: { "x-zekt-sha256": "0" } }
      : {
          status: 200,
          json: {
            eventId: text,
            message: text,
            consumersNotified: text,
            deliveryId: text,
            status: text,
            duplicate: true,
            completedAt: text,
          },
        };

test.each(INJECTIONS)(
  "what Zekt answers is no command to the runner: %j",
  { timeout: 60_000 },
  async (text) => {
    await using standIn = await StandIn.start(answered(text));
    const event = { client_payload: { zekt: { correlationId: "1", deliveryId: text, payload: text } } };
    const dispatched = { GITHUB_EVENT_NAME: "repository_dispatch" };
    expectNothingInjected(await runStep("send", standIn, { inputs: { "event-type": text, payload: "{}" } }), [
      "event-id",
      "status",
      "consumers-notified",
    ]);
    expectNothingInjected(await runStep("confirm", standIn, { event, env: dispatched }), [
      "delivery-id",
      "status",
      "duplicate",
      "payload",
      "has-message",
      "payload-path",
    ]);
    expectNothingInjected(
      await runStep("complete", standIn, { event, env: dispatched, inputs: { success: "true" } }),
      ["status", "completed-at"],
    );
  },
);

test.each(INJECTIONS)("what Zekt refuses with is no command to the runner: %j", async (text) => {
  await using standIn = await StandIn.start(() =>
    problem(400, text, text, [{ pointer: text, detail: text }]),
  );
  const ran = await runStep("send", standIn, { inputs: { "event-type": text, payload: "{}" } });
  expect(ran.code).toBe(1);
  expectNothingInjected(ran, ["status"]);
});

test.each(INJECTIONS)("what a provider sends is only data to a consumer's step: %j", async (text) => {
  await using standIn = await StandIn.start(() => ({
    status: 200,
    json: { deliveryId: "delivery-1", status: "Confirmed", duplicate: false },
  }));
  const zekt = { correlationId: text, deliveryId: "delivery-1", eventType: text, payload: { text } };
  const ran = await runStep("confirm", standIn, {
    event: { client_payload: { zekt } },
    env: { GITHUB_EVENT_NAME: "repository_dispatch" },
  });
  expectNothingInjected(ran, [
    "delivery-id",
    "status",
    "duplicate",
    "payload",
    "has-message",
    "payload-path",
  ]);
  expect(JSON.parse(ran.outputs.payload as string)).toEqual({ text });
});

test("a link in Markdown stays the text that it is in a job's summary", async () => {
  const link = "[click](https://evil.example)";
  await using standIn = await StandIn.start(answered(link));
  const ran = await runStep("send", standIn, { inputs: { "event-type": link, payload: "{}" } });
  expect(ran.code, ran.log).toBe(0);
  expect(ran.summary).toContain(`<th>Event type</th><td>${link}</td>`);
  expectNothingInjected(ran, ["event-id", "status", "consumers-notified"]);
});
