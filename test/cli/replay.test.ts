import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import { deliveriesTo, dispatchesTo, publish, startWorld, type World } from "../../harness/world.ts";
import { runZekt, zektAs } from "./run-zekt.ts";

let world: World;
let zekt: ReturnType<typeof zektAs>;
let id: string;
beforeAll(async () => {
  world = await startWorld();
  zekt = zektAs(world, "initech-dev");
  await publish(world, "built");
  // The message and the run's own event.
  await until(async () => {
    const all = await deliveriesTo(world, world.consumer);
    return all.length === 2 && all.every(({ status }) => status === "Dispatched");
  });
  const all = await deliveriesTo(world, world.consumer);
  id = all.find(({ eventType }) => eventType === "built")?.deliveryId ?? "";
});
afterAll(async () => await world.close());

const dispatches = () => dispatchesTo(world, "initech/consumer").length;

test("without a terminal to ask at it needs --yes, and sends nothing", async () => {
  const { code, err } = await zekt(["replay", id]);
  expect(code).toBe(2);
  expect(err).toContain("confirm it by --yes");
  expect(await deliveriesTo(world, world.consumer)).toHaveLength(2);
});

test.each(["", "n", "no", "yesterday"])("the answer %j sends nothing", async (answer) => {
  const ran = await zekt(["replay", id], { answer });
  expect(ran).toMatchObject({ code: 1, out: "", err: "zekt: Nothing was sent.\n" });
  expect(ran.asked).toEqual([
    "Zekt will send built of acme/provider/releases to initech/consumer again, and its workflows will run again. Continue? [y/N] ",
  ]);
  expect(await deliveriesTo(world, world.consumer)).toHaveLength(2);
});

test("the answer yes sends it again, and says which delivery that is", async () => {
  const { code, out } = await zekt(["replay", id], { answer: "y" });
  expect(code).toBe(0);
  const made = (await deliveriesTo(world, world.consumer)).find(({ replayOf }) => replayOf === id);
  expect(out).toBe(`Replayed as ${made?.deliveryId}.\n`);
  await until(() => dispatches() === 3);
});

test("--yes asks nothing, and the same key again sends nothing twice", async () => {
  const replay = async () => await zekt(["replay", id, "--yes", "--json", "--key", "k-1"], { answer: "n" });
  const [first, second] = [await replay(), await replay()];
  expect(first).toMatchObject({ code: 0, asked: [] });
  expect(JSON.parse(first.out)).toMatchObject({ replayOf: id });
  expect(second.out).toBe(first.out);
});

test("a provider whose service does not let it is refused, with Zekt's reason", async () => {
  const { code, err } = await zektAs(world, "acme-dev")(["replay", id, "--yes"]);
  expect(code).toBe(1);
  expect(err).toMatch(/^zekt: \S.*\.\n$/);
});

test("where the answer to the replay was lost, it says how to repeat it safely", async () => {
  const { createServer } = await import("node:http");
  const delivery = await world.api<object>("initech-dev", "GET", `/deliveries/${id}`);
  const server = createServer((request, response) => {
    if (request.method === "POST") request.socket.destroy();
    else response.end(JSON.stringify(delivery));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const args = ["replay", id, "--yes", "--url", `http://127.0.0.1:${port}`, "--token", "t", "--key", "k-2"];
  const { code, err } = await runZekt(args);
  server.close();
  expect(code).toBe(3);
  expect(err).toContain("It may have been sent; to repeat it safely, add --key k-2.");
});
