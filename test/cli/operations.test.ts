import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "../../harness/world.ts";
import { zektAs } from "./run-zekt.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
  const { id } = world.github.control.account("acme-dev");
  (world.server.deps.operators as Set<string>).add(String(id));
});
afterAll(async () => await world.close());

test("an operator sees that nothing is stuck, and what is: then with exit code 1", async () => {
  const zekt = zektAs(world, "acme-dev");
  expect(await zekt(["stuck"])).toMatchObject({ code: 0, out: "Nothing is stuck.\n" });
  const { jobs, accounts } = world.server.deps.store;
  const ownerId = (await accounts.getRepository(world.consumer))?.ownerId ?? "";
  await jobs.enqueue([{ kind: "erasure", ownerId }], Date.now() + 60_000);
  const stored = await jobs.get({ ownerId, job: "erasure" });
  if (!stored) throw new Error("The job is not stored.");
  await jobs.recordFailure(stored);
  const { code, out, err } = await zekt(["stuck"]);
  expect({ code, err }).toEqual({ code: 1, err: "zekt: 1 is stuck.\n" });
  expect(out.split("\n")[1]).toMatch(/^job {2,}erasure {2,}initech {2,}erasure {2,}\S+ {2,}1 {2,}\S+Z$/);
  const asJson = await zekt(["stuck", "--json"]);
  expect(JSON.parse(asJson.out)).toMatchObject([{ kind: "job", owner: "initech", failures: 1 }]);
});

test("an operator sees the queues", async () => {
  const { code, out } = await zektAs(world, "acme-dev")(["queue"]);
  expect(code).toBe(0);
  expect(out).toMatch(
    /^QUEUE +READY +DELAYED +WORKING +DEAD +OLDEST\nrouting +0 +\d+ +0 +0\ndelivery +0 +\d+ +0 +0\n/,
  );
  expect(out).toMatch(/\nDUE +WAITING +PAST DUE +EARLIEST\nruns +\d+ +0/);
});

test("a user who is no operator is refused, and sees the id that the setting takes", async () => {
  const { id } = world.github.control.account("initech-dev");
  for (const command of ["stuck", "queue"])
    expect(await zektAs(world, "initech-dev")([command])).toMatchObject({
      code: 1,
      out: "",
      err: `zekt: Only operators see this. The setting ZEKT_OPERATORS of your Zekt lists their user ids; yours is ${id}.\n`,
    });
});
