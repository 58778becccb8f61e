import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HOUR, MINUTE } from "../../../app/domain/clock.ts";
import { enableTracking } from "../../../app/steps/catalog/enable-consumer.ts";
import { disableProvider, enableProvider } from "../../../app/steps/catalog/enable-provider.ts";
import { maintainHooks } from "../../../app/steps/hooks/maintain-hooks.ts";
import { HOOK_LOG } from "../../../app/store/fact-kinds.ts";
import { type AppWorld, startAppWorld, WORKFLOW } from "../../main/app-world.ts";

let world: AppWorld;
beforeEach(async () => {
  world = await startAppWorld();
});
afterEach(() => world.close());

const NOTHING = { rotated: 0, retired: 0, unheard: 0, repaired: 0, failed: 0 };
const rotate = (limit = 30) => maintainHooks(world.deps, { limit });

/** Makes a provider whose webhook GitHub has pinged. */
async function buildProvider(owner: string): Promise<string> {
  world.organisation(owner, "tools");
  await world.install(owner);
  const fullName = `${owner}/tools`;
  await enableProvider(world.deps, world.repositoryId(fullName), "mona");
  await world.github.control.idle();
  return fullName;
}

/** Posts a run's webhook signed with the secret of a version; answers the status. */
async function postSigned(fullName: string, version: number): Promise<number> {
  const { control } = world.github;
  const run = await control.startRun({ repository: fullName, workflow: WORKFLOW });
  const [delivery] = await control.completeRun(run.id, "success");
  const repositoryId = world.repositoryId(fullName);
  const answer = await world.post({
    path: `/github/webhooks/repositories/${repositoryId}`,
    event: "workflow_run",
    payload: delivery?.request.body,
    secret: world.deps.hookSecrets.secret(repositoryId, version),
  });
  return answer.status;
}

test("webhooks that work are left alone", async () => {
  const fullName = await buildProvider("acme");
  expect(await rotate()).toEqual(NOTHING);
  const { updatedAt } = world.github.control.repository(fullName).hooks[0] as { updatedAt: number };
  world.pass(20 * MINUTE);
  expect(await rotate()).toEqual(NOTHING);
  expect(world.github.control.repository(fullName).hooks[0]?.updatedAt).toBe(updatedAt);
});

test("a look at a webhook reads what is known of its log once", async () => {
  const fullName = await buildProvider("acme");
  const repositoryId = world.repositoryId(fullName);
  world.pass(2 * HOUR);
  const get = vi.spyOn(world.deps.store.facts, "get");
  await rotate();
  const { pk } = HOOK_LOG.of({ of: repositoryId });
  expect(get.mock.calls.filter(([place]) => place.pk === pk)).toHaveLength(1);
});

test("a new master key reaches every webhook; both secrets are good until the new one has proved itself", async () => {
  const fullName = await buildProvider("acme");
  world.rotateTo(2);
  expect(await postSigned(fullName, 1)).toBe(202);
  expect(await postSigned(fullName, 2)).toBe(401);
  world.pass(20 * MINUTE);
  expect(await rotate()).toEqual({ ...NOTHING, rotated: 1 });
  await world.github.control.idle();
  expect((await world.repository(fullName)).hook).toMatchObject({
    secretVersion: 2,
    previousSecretVersion: 1,
    pingedAt: expect.any(String),
  });
  expect(await postSigned(fullName, 1)).toBe(202);
  expect(await postSigned(fullName, 2)).toBe(202);
  world.pass(20 * MINUTE);
  expect(await rotate()).toEqual(NOTHING);
  expect(await postSigned(fullName, 1)).toBe(202);
  world.pass(2 * HOUR);
  expect(await rotate()).toEqual({ ...NOTHING, retired: 1 });
  expect(await postSigned(fullName, 1)).toBe(401);
  expect(await postSigned(fullName, 2)).toBe(202);
});

test("GitHub's own webhooks arrive all through a rotation", async () => {
  const fullName = await buildProvider("acme");
  world.rotateTo(2);
  const { control } = world.github;
  const statuses: (number | undefined)[] = [];
  for (const step of [() => {}, () => world.pass(20 * MINUTE), () => world.pass(2 * HOUR)]) {
    step();
    await rotate();
    await control.idle();
    const run = await control.startRun({ repository: fullName, workflow: WORKFLOW });
    statuses.push((await control.completeRun(run.id, "success"))[0]?.statusCode);
  }
  expect(statuses).toEqual([202, 202, 202]);
});

test("the old secret stays good where the new one cannot be placed, and its owner is told why", async () => {
  const fullName = await buildProvider("acme");
  const { installationId } = await world.repository(fullName);
  await world.github.control.setPermissions(Number(installationId), { contents: "write" });
  world.rotateTo(2);
  world.pass(20 * MINUTE);
  expect(await rotate()).toEqual({ ...NOTHING, failed: 1 });
  expect((await world.repository(fullName)).hookProblem).toContain('"Webhooks" permission');
  expect(await postSigned(fullName, 1)).toBe(202);
  expect(await rotate()).toEqual(NOTHING);
});

test("a rotation cut off between GitHub's two answers loses nothing and is finished later", async () => {
  const fullName = await buildProvider("acme");
  world.rotateTo(2);
  world.pass(20 * MINUTE);
  world.github.faults.add({ method: "POST", route: "/repositories/*/hooks/*/pings", status: 418 });
  expect(await rotate()).toEqual({ ...NOTHING, failed: 1 });
  expect(await postSigned(fullName, 1)).toBe(202);
  expect(await postSigned(fullName, 2)).toBe(202);
  world.pass(20 * MINUTE);
  expect(await rotate()).toEqual({ ...NOTHING, unheard: 1 });
  await world.github.control.idle();
  expect(await world.repository(fullName)).toMatchObject({
    hook: { secretVersion: 2, pingedAt: expect.any(String) },
    hookProblem: null,
  });
});

test("a ping signed with the old secret proves nothing of the new one", async () => {
  const fullName = await buildProvider("acme");
  const { control, faults } = world.github;
  const [ping] = control.deliveries({ event: "ping", repository: fullName });
  world.rotateTo(2);
  world.pass(20 * MINUTE);
  faults.add({ target: "webhook", drop: "before" });
  await rotate();
  await control.idle();
  const repositoryId = world.repositoryId(fullName);
  const path = `/github/webhooks/repositories/${repositoryId}`;
  const payload = ping?.request.body;
  const signedOld = { path, event: "ping", payload, secret: world.deps.hookSecrets.secret(repositoryId, 1) };
  expect((await world.post(signedOld)).status).toBe(202);
  expect((await world.repository(fullName)).hook?.pingedAt).toBeNull();
});

test("a webhook GitHub cannot reach is told to its owner, who sees it repaired once the ping comes", async () => {
  world.organisation("acme", "tools");
  await world.install("acme");
  const { control, faults } = world.github;
  faults.add({ target: "webhook", drop: "before", count: 2 });
  await enableProvider(world.deps, world.repositoryId("acme/tools"), "mona");
  await control.idle();
  world.pass(11 * MINUTE);
  expect(await rotate()).toEqual({ ...NOTHING, unheard: 1 });
  await control.idle();
  expect((await world.repository("acme/tools")).hookProblem).toMatch(
    /^GitHub's ping has not come\. See under Settings → Webhooks what GitHub got from http/,
  );
  world.pass(2 * HOUR);
  expect(await rotate()).toEqual({ ...NOTHING, unheard: 1 });
  await control.idle();
  expect(await world.repository("acme/tools")).toMatchObject({
    hookProblem: null,
    hook: { pingedAt: expect.any(String) },
  });
});

test("what is due is taken up at the pace that is asked for, until all is done", async () => {
  for (const owner of ["acme", "globex", "hooli"]) await buildProvider(owner);
  world.rotateTo(2);
  world.pass(20 * MINUTE);
  expect([await rotate(2), await rotate(2), await rotate(2)]).toEqual([
    { ...NOTHING, rotated: 2 },
    { ...NOTHING, rotated: 1 },
    NOTHING,
  ]);
});

test("a webhook that nothing needs, left by a step that was cut off, is taken out", async () => {
  const fullName = await buildProvider("acme");
  await world.deps.store.accounts.setRepository({
    repositoryId: world.repositoryId(fullName),
    provider: false,
  });
  world.pass(20 * MINUTE);
  expect(await rotate()).toEqual(NOTHING);
  expect(world.github.control.repository(fullName).hooks).toEqual([]);
  expect((await world.repository(fullName)).hook).toBeNull();
});

test.each(["deleted", "switched off"])("a webhook %s behind our back is set right", async (what) => {
  const fullName = await buildProvider("acme");
  const { control } = world.github;
  const [hook] = control.repository(fullName).hooks;
  if (what === "deleted") control.deleteHook(fullName, hook?.id as number);
  else Object.assign(hook as object, { active: false });
  world.pass(20 * MINUTE);
  expect(await rotate()).toEqual({ ...NOTHING, repaired: 1 });
  await control.idle();
  expect(control.repository(fullName).hooks).toMatchObject([{ active: true, events: ["workflow_run"] }]);
  expect((await world.repository(fullName)).hook).toMatchObject({
    hookId: String(control.repository(fullName).hooks[0]?.id),
    pingedAt: expect.any(String),
  });
});

/** Removes a repository's webhook behind our back. */
function deleteHook(fullName: string): void {
  const { control } = world.github;
  control.deleteHook(fullName, control.repository(fullName).hooks[0]?.id as number);
}

test("a webhook deleted behind our back that GitHub fails to make anew is placed at a later look", async () => {
  const fullName = await buildProvider("acme");
  const { control, faults } = world.github;
  deleteHook(fullName);
  const fault = faults.add({ method: "POST", route: "/repositories/*/hooks", status: 502, count: -1 });
  for (let times = 0; times < 2; times++) {
    world.pass(20 * MINUTE);
    expect(await rotate()).toEqual({ ...NOTHING, failed: 1 });
  }
  faults.clear(fault.id);
  world.pass(20 * MINUTE);
  expect(await rotate()).toEqual({ ...NOTHING, repaired: 1 });
  await control.idle();
  expect(control.repository(fullName).hooks).toMatchObject([{ active: true, events: ["workflow_run"] }]);
  expect(await world.repository(fullName)).toMatchObject({
    hookProblem: null,
    hook: { hookId: String(control.repository(fullName).hooks[0]?.id), pingedAt: expect.any(String) },
  });
});

test("a webhook deleted behind our back that is enabled again while GitHub fails is placed at a later look", async () => {
  const fullName = await buildProvider("acme");
  const { control, faults } = world.github;
  deleteHook(fullName);
  const fault = faults.add({ method: "POST", route: "/repositories/*/hooks", status: 502, count: -1 });
  await expect(enableProvider(world.deps, world.repositoryId(fullName), "mona")).rejects.toThrow("502");
  faults.clear(fault.id);
  world.pass(20 * MINUTE);
  expect(await rotate()).toEqual({ ...NOTHING, repaired: 1 });
  expect(control.repository(fullName).hooks).toHaveLength(1);
});

test.each([
  ["deleted", "a new master key", "rotated"],
  ["switched off", "a new master key", "rotated"],
  ["deleted", "its maintainer enables it again", null],
  ["switched off", "its maintainer enables it again", null],
  ["deleted", "GitHub fails for a while", "repaired"],
])(
  "runs that ended while a webhook was %s are brought in where %s places it anew",
  async (what, how, done) => {
    const fullName = await buildProvider("acme");
    const repositoryId = world.repositoryId(fullName);
    const { control, faults } = world.github;
    const pass = (ms: number): void => {
      world.pass(ms);
      control.advanceClock(ms);
    };
    pass(20 * MINUTE);
    await rotate();
    if (what === "deleted") deleteHook(fullName);
    else Object.assign(control.repository(fullName).hooks[0] as object, { active: false });
    const runs: { id: number }[] = [];
    const miss = async (): Promise<void> => {
      const run = await control.startRun({ repository: fullName, workflow: WORKFLOW });
      await control.completeRun(run.id, "success");
      runs.push(run);
    };
    await miss();
    pass(2 * HOUR);
    if (how === "a new master key") world.rotateTo(2);
    else if (how === "GitHub fails for a while") {
      const fault = faults.add({ method: "POST", route: "/repositories/*/hooks", status: 502, count: -1 });
      expect(await rotate()).toEqual({ ...NOTHING, failed: 1 });
      faults.clear(fault.id);
      await miss();
      pass(20 * MINUTE);
    } else await enableProvider(world.deps, repositoryId, "mona");
    if (done) expect(await rotate()).toEqual({ ...NOTHING, [done]: 1 });
    await control.idle();
    pass(20 * MINUTE);
    await rotate();
    for (const { id } of runs) {
      const { events } = await world.deps.store.runs.load({ repositoryId, runId: String(id) });
      expect(events).toHaveLength(1);
    }
  },
);

test("runs that ended while a repository was no provider stay there, though its webhook is placed anew", async () => {
  const fullName = await buildProvider("acme");
  const repositoryId = world.repositoryId(fullName);
  const { control } = world.github;
  const pass = (ms: number): void => {
    world.pass(ms);
    control.advanceClock(ms);
  };
  await enableTracking(world.deps, repositoryId, "mona");
  await disableProvider(world.deps, repositoryId, "mona");
  pass(20 * MINUTE);
  await rotate();
  deleteHook(fullName);
  const run = await control.startRun({ repository: fullName, workflow: WORKFLOW });
  await control.completeRun(run.id, "success");
  pass(20 * MINUTE);
  await enableProvider(world.deps, repositoryId, "mona");
  await control.idle();
  pass(20 * MINUTE);
  await rotate();
  const { events } = await world.deps.store.runs.load({ repositoryId, runId: String(run.id) });
  expect(events).toEqual([]);
});

test("a permission that was withdrawn is told to the repository's people, and forgotten once it is back", async () => {
  const fullName = await buildProvider("acme");
  const installation = Number((await world.repository(fullName)).installationId);
  const { control } = world.github;
  await control.setPermissions(installation, { contents: "write" });
  world.pass(20 * MINUTE);
  expect(await rotate()).toEqual({ ...NOTHING, failed: 1 });
  expect((await world.repository(fullName)).hookProblem).toContain('"Webhooks" permission');
  await control.setPermissions(installation, { contents: "write", repository_hooks: "write" });
  world.pass(7 * HOUR);
  await rotate();
  expect((await world.repository(fullName)).hookProblem).toBeNull();
});
