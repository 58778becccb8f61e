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

/** Somebody who runs the shell blocks of a document, all of them and in its order. */
class Reader {
  readonly #blocks: readonly string[];
  #next = 0;

  /** @param from - a text of the block to begin with */
  constructor(file: string, from?: string) {
    const all = blocksOf(file, "sh");
    this.#blocks = from === undefined ? all : all.slice(all.findIndex((one) => one.includes(from)));
  }

  /** Reads on to the end of the block that holds a text, and returns what that block printed. */
  async to(part: string): Promise<string> {
    for (;;) {
      const block = this.#blocks[this.#next++];
      if (block === undefined) throw new Error(`No later block holds ${part}.`);
      const printed = await scene.shell.run(block);
      if (block.includes(part)) return printed;
    }
  }

  /** Reads to the end. */
  async end(): Promise<void> {
    for (const block of this.#blocks.slice(this.#next)) await scene.shell.run(block);
    this.#next = this.#blocks.length;
  }
}

/** Waits for the delivery that the last test event made. */
async function delivered(): Promise<void> {
  const { deliveries } = scene.server.deps.store;
  const id = scene.shell.valueOf("DELIVERY");
  await until(async () => (await deliveries.get(id))?.isFinalized === true);
  await scene.github.control.idle();
}

test("who follows the provider's and the consumer's guide, each block in its order, gets from nothing to a replayed delivery", async () => {
  scene = await setScene({
    "acme/releases": {
      "release.yml": blockWith(PROVIDER, "name: Release"),
      "report.yml": blockWith(PROVIDER, "name: Report"),
    },
    "initech/deploy": { "deploy.yml": blockWith(CONSUMER, "name: Deploy") },
    "initech/reports": { "report.yml": blockWith(CONSUMER, "name: Report") },
  });
  const [provider, consumer] = [new Reader(PROVIDER), new Reader(CONSUMER)];
  await provider.to("SERVICE=");
  await consumer.to("CONSUMER=");
  await provider.to("/approve");
  expect(JSON.parse((await consumer.to("/preflight")).split("\n")[0] ?? "")).toMatchObject({ obstacles: [] });
  await delivered();
  expect(await scene.run("acme/releases", "release.yml")).toContain("For 1 consumers");
  const [, deployed] = await arrived(scene, "initech/deploy", 2);
  expect(deployed).toBe("success: Deploying 1.4.0 from acme/releases");

  await connect(scene, "acme/releases", "initech/reports", "report.yml", ["report-ready"]);
  expect(await scene.run("acme/releases", "report.yml")).toContain("success");
  const [report] = await arrived(scene, "initech/reports", 1);
  expect(report).toMatch(/^success: [\s\S]*The report has \d{6} bytes/);

  await provider.to("/events");
  expect(await consumer.to("POST /replay/")).toContain('"replayOf"');
  // A test event may be sent once in a while.
  await scene.server.deps.store.facts.remove(
    TEST_EVENT.of({ subscriptionId: scene.shell.valueOf("SUBSCRIPTION") }),
  );
  await provider.end();
  await consumer.end();
}, 180_000);

test("the way of the API's page leads from nothing to a delivery, and durable delivery's goes on", async () => {
  scene = await setScene({
    "acme/releases": { "release.yml": blockWith(PROVIDER, "name: Release") },
    "initech/deploy": { "deploy.yml": blockWith(CONSUMER, "name: Deploy") },
  });
  const reader = new Reader("docs/api.md", "api() {");
  await reader.to("CONSUMER=");
  await delivered();
  await reader.end();
  for (const block of blocksOf("docs/durable-delivery.md", "sh")) await scene.shell.run(block);
}, 180_000);

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
}, 180_000);

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
}, 180_000);
