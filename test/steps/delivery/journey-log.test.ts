import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { LOG_EVENTS, type LogEvent } from "../../../app/log/events.ts";
import { until } from "../../../harness/stage.ts";
import {
  callAs,
  DEPLOY,
  DURABLE,
  deliveriesTo,
  dispatchesTo,
  listeningWorkflow,
  sendMessage,
  startDispatchedRun,
  startWorld,
  tokenOf,
  WORKFLOW,
  type World,
  zektOf,
} from "../../../harness/world.ts";

let world: World;
afterEach(() => world.close());

test("every log line of a journey carries its ids, and none a secret, a token or the message", async () => {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const files = { [DEPLOY]: listeningWorkflow(["built"]) };
  world = await startWorld({}, { durable: DURABLE, eventTypes: ["built"] }, { files, tracking: true }, log);
  const { control } = world.github;
  lines.splice(0);
  const run = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  await sendMessage(world, run.id, "built", { needle: "in the haystack" });
  await control.completeRun(run.id, "success");
  await until(() => dispatchesTo(world, "initech/consumer").length === 1);
  const { deliveryId, correlationId } = zektOf(dispatchesTo(world, "initech/consumer")[0]) as Record<
    string,
    string
  >;
  const reaction = await startDispatchedRun(world, "initech/consumer");
  const token = await tokenOf(world, reaction.id);
  await callAs(world, token, "POST", "/event-delivery/confirm", { deliveryId, correlationId });
  await control.completeRun(reaction.id, "success");
  await until(async () => (await deliveriesTo(world, world.consumer))[0]?.status === "Completed");
  await until(() =>
    lines.some(({ event, status }) => event === "delivery.tracked" && status === "Completed"),
  );
  const told = (event: LogEvent) => lines.filter((line) => line.event === event);
  const ofDelivery = ["delivery.dispatched", "delivery.confirmed", "delivery.tracked"] as const;
  for (const event of ["event.routed", ...ofDelivery] as const) {
    expect(told(event).length, event).toBeGreaterThan(0);
    for (const line of told(event)) expect([event, line.correlationId]).toEqual([event, correlationId]);
  }
  for (const event of ofDelivery)
    for (const line of told(event)) expect([event, line.deliveryId]).toEqual([event, deliveryId]);
  const requests = told("request.answered").filter(({ route }) =>
    /events|event-delivery/.test(String(route)),
  );
  expect(requests.map((line) => line.correlationId)).toEqual([correlationId, correlationId]);
  expect(requests.at(-1)).toMatchObject({ deliveryId });
  // Whatever else was said meanwhile belongs to something: a repository, an owner, a run or a request.
  for (const line of lines) {
    const ids = ["correlationId", "deliveryId", "repositoryId", "ownerId", "runId", "requestId"];
    expect(LOG_EVENTS, JSON.stringify(line)).toContain(line.event);
    expect(
      ids.some((id) => line[id] !== undefined),
      JSON.stringify(line),
    ).toBe(true);
  }
  const all = JSON.stringify(lines);
  expect(all).not.toContain("haystack");
  expect(all).not.toContain(token.slice(0, 40));
  expect(all).not.toMatch(/ghs_|ghu_|BEGIN [A-Z ]*PRIVATE/);
});
