import { afterEach, expect, test } from "vitest";
import { exampleWorkflow } from "../../app/domain/catalog/example-workflow.ts";
import { TEST_EVENT } from "../../app/store/fact-kinds.ts";
import { until } from "../../harness/stage.ts";
import { userToken } from "../http/client.ts";
import { blocksOf, blockWith } from "./documents.ts";
import { arrived, connect, READER, type Scene, setScene } from "./scene.ts";

const PROVIDER = "docs/provider-guide.md";
const CONSUMER = "docs/consumer-guide.md";

let scene: Scene;
afterEach(() => scene.close());

/** Runs a document's only block that holds a text. */
const follow = (file: string, part: string): Promise<string> => scene.shell.run(blockWith(file, part));

/** Waits for the delivery that the last test event made. */
async function delivered(): Promise<void> {
  const { deliveries } = scene.server.deps.store;
  const id = scene.shell.valueOf("DELIVERY");
  await until(async () => (await deliveries.get(id))?.isFinalized === true);
  await scene.github.control.idle();
}

test("who follows the provider's and the consumer's guide gets from nothing to a replayed delivery", async () => {
  scene = await setScene({
    "acme/releases": {
      "release.yml": blockWith(PROVIDER, "name: Release"),
      "report.yml": blockWith(PROVIDER, "name: Report"),
    },
    "initech/deploy": { "deploy.yml": blockWith(CONSUMER, "name: Deploy") },
    "initech/reports": { "report.yml": blockWith(CONSUMER, "name: Report") },
  });
  await follow(PROVIDER, '"provider": true');
  await follow(PROVIDER, "SERVICE=");
  await follow(CONSUMER, "CONSUMER=");
  await follow(PROVIDER, "/approve");
  expect(JSON.parse((await follow(CONSUMER, "/preflight")).split("\n")[0] ?? "")).toMatchObject({
    obstacles: [],
  });
  await delivered();
  expect(await scene.run("acme/releases", "release.yml")).toContain("For 1 consumers");
  const [, deployed] = await arrived(scene, "initech/deploy", 2);
  expect(deployed).toBe("success: Deploying 1.4.0 from acme/releases");

  await connect(scene, "acme/releases", "initech/reports", "report.yml", ["report-ready"]);
  expect(await scene.run("acme/releases", "report.yml")).toContain("success");
  const [report] = await arrived(scene, "initech/reports", 1);
  expect(report).toMatch(/^success: [\s\S]*The report has \d{6} bytes/);

  await follow(PROVIDER, '"conclusions"');
  await follow(PROVIDER, "/events");
  await follow(PROVIDER, "/blocked");
  await follow(PROVIDER, "/usage");
  await follow(CONSUMER, "/timeline");
  await follow(CONSUMER, "/diagnostics");
  expect(await follow(CONSUMER, "POST /replay/")).toContain('"replayOf"');
  await follow(CONSUMER, '"tracking": true');
  await follow(CONSUMER, "/notifications");
  await scene.server.deps.store.facts.remove(
    TEST_EVENT.of({ subscriptionId: scene.shell.valueOf("SUBSCRIPTION") }),
  );
  await follow(PROVIDER, "/test-event");
  await follow(CONSUMER, "DELETE");
}, 60_000);

test("the way of the API's page leads from nothing to a delivery, and durable delivery's goes on", async () => {
  scene = await setScene({
    "acme/releases": { "release.yml": blockWith(PROVIDER, "name: Release") },
    "initech/deploy": { "deploy.yml": blockWith(CONSUMER, "name: Deploy") },
  });
  await follow("docs/api.md", "CONSUMER=");
  await delivered();
  await follow("docs/api.md", "/timeline");
  await follow("docs/api.md", "/diagnostics");
  for (const block of blocksOf("docs/durable-delivery.md", "sh")) await scene.shell.run(block);
}, 60_000);

test("the README's provider and consumer work together, and so does the quick start's workflow", async () => {
  scene = await setScene({
    "acme/releases": { "release.yml": blockWith("README.md", "release-published\n") },
    "initech/deploy": { "deploy.yml": blockWith("README.md", "repository_dispatch:") },
    "initech/first": { "zekt.yml": blockWith("docs/quick-start.md", "repository_dispatch:") },
  });
  await connect(scene, "acme/releases", "initech/deploy", "release.yml", ["release-published"]);
  const { api, repositoryId } = scene;
  const first = `/repositories/${repositoryId("initech/first")}`;
  await api("octo", "PATCH", first, { consumer: true });
  const asked = await api<{ subscriptionId: string }>("octo", "POST", `${first}/subscriptions`, {
    service: "acme/releases/release",
    eventTypes: ["zekt-workflow-completed"],
  });
  await api("octo", "POST", `/subscriptions/${asked.subscriptionId}/approve`);
  await scene.run("acme/releases", "release.yml");
  expect((await arrived(scene, "initech/deploy", 1))[0]).toMatch(/^success: [\s\S]*Deploying 1\.4\.0/);
  expect(await arrived(scene, "initech/first", 1)).toEqual(["success: acme/releases finished with success"]);
}, 60_000);

test("the workflow that the console offers completes a delivery once, and leaves a second dispatch of it alone", async () => {
  const offered = exampleWorkflow({
    service: { slug: "release", provider: "acme" },
    eventTypes: ["release-published"],
    apiUrl: "https://zekt.example.com",
    durable: true,
  });
  scene = await setScene({
    "acme/releases": { "release.yml": blockWith(PROVIDER, "name: Release") },
    "initech/deploy": { "acme-release.yml": offered.text },
  });
  await connect(scene, "acme/releases", "initech/deploy", "release.yml", ["release-published"]);
  await scene.run("acme/releases", "release.yml");
  await arrived(scene, "initech/deploy", 1);
  const [sent] = scene.github.control.dispatches("initech/deploy");
  await fetch(`${scene.github.url}/repos/initech/deploy/dispatches`, {
    method: "POST",
    headers: { authorization: `Bearer ${userToken(scene, READER)}`, "content-type": "application/json" },
    body: JSON.stringify({ event_type: sent?.eventType, client_payload: sent?.clientPayload }),
  });
  const printed = await arrived(scene, "initech/deploy", 2);
  expect(printed.map((one) => one.split(":", 1)[0])).toEqual(["success", "success"]);
  expect(printed.filter((one) => one.includes('"version":"1.4.0"'))).toHaveLength(1);
}, 60_000);
