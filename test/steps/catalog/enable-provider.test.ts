import { afterAll, beforeAll, expect, test } from "vitest";
import { disableTracking, enableTracking } from "../../../app/steps/catalog/enable-consumer.ts";
import { disableProvider, enableProvider } from "../../../app/steps/catalog/enable-provider.ts";
import type { Permissions } from "../../../fake-github/state.ts";
import { type AppWorld, startAppWorld } from "../../main/app-world.ts";

let world: AppWorld;
beforeAll(async () => {
  world = await startAppWorld();
});
afterAll(() => world.close());

let made = 0;

/** A repository of its own owner, with the App installed. */
async function build() {
  const owner = `owner${++made}`;
  world.organisation(owner, "tools");
  const installation = await world.install(owner);
  const fullName = `${owner}/tools`;
  const repositoryId = world.repositoryId(fullName);
  return {
    fullName,
    repositoryId,
    installation,
    hooks: () => world.github.control.repository(fullName).hooks,
    stored: () => world.repository(fullName),
    address: world.deps.settings.repositoryWebhookUrl(repositoryId),
  };
}

const enable = (repositoryId: string) => enableProvider(world.deps, repositoryId, "mona");
const disable = (repositoryId: string) => disableProvider(world.deps, repositoryId, "mona");

test("enabling places one signed webhook for runs, and GitHub's ping proves it", async () => {
  const { repositoryId, fullName, hooks, stored, address } = await build();
  world.github.faults.add({ target: "webhook", drop: "before" });
  await enable(repositoryId);
  await world.github.control.idle();
  expect(hooks()).toMatchObject([
    { url: address, events: ["workflow_run"], active: true, contentType: "json", insecureSsl: "0" },
  ]);
  expect(await stored()).toMatchObject({ provider: true, hook: { pingedAt: null }, hookProblem: null });
  const [ping] = world.github.control.deliveries({ event: "ping", repository: fullName });
  expect((await world.github.control.redeliver(ping?.id as number))?.statusCode).toBe(202);
  expect((await stored()).hook).toMatchObject({
    hookId: String(hooks()[0]?.id),
    pingedAt: expect.any(String),
  });
});

test("enabling again leaves one webhook, mended where somebody changed it", async () => {
  const { repositoryId, hooks, stored } = await build();
  await enable(repositoryId);
  const [hook] = hooks();
  Object.assign(hook as object, {
    active: false,
    events: ["push"],
    secret: "somebody's",
    contentType: "form",
  });
  await enable(repositoryId);
  await world.github.control.idle();
  expect(hooks()).toMatchObject([
    { id: hook?.id, active: true, events: ["workflow_run"], contentType: "json" },
  ]);
  expect((await stored()).hook?.pingedAt).not.toBeNull();
});

test("a webhook whose address was changed is brought back to it, and a second one of ours goes", async () => {
  const { repositoryId, hooks, address } = await build();
  await enable(repositoryId);
  const [hook] = hooks();
  Object.assign(hook as object, { url: "https://elsewhere.example/hook" });
  await enable(repositoryId);
  expect(hooks()).toMatchObject([{ id: hook?.id, url: address }]);
  hooks().push({ ...(hook as NonNullable<typeof hook>), id: 424242, events: ["push"] });
  await enable(repositoryId);
  expect(hooks()).toMatchObject([{ id: hook?.id, url: address }]);
});

test("a webhook deleted behind our back is placed anew", async () => {
  const { repositoryId, fullName, hooks, stored } = await build();
  await enable(repositoryId);
  const before = hooks()[0]?.id as number;
  world.github.control.deleteHook(fullName, before);
  await enable(repositoryId);
  await world.github.control.idle();
  expect(hooks()).toHaveLength(1);
  expect(hooks()[0]?.id).not.toBe(before);
  expect((await stored()).hook).toMatchObject({
    hookId: String(hooks()[0]?.id),
    pingedAt: expect.any(String),
  });
});

test("two who enable at once place one webhook", async () => {
  const { repositoryId, hooks, stored } = await build();
  await Promise.all([enable(repositoryId), enable(repositoryId)]);
  await world.github.control.idle();
  expect(hooks()).toHaveLength(1);
  expect((await stored()).hook).toMatchObject({
    hookId: String(hooks()[0]?.id),
    pingedAt: expect.any(String),
  });
});

test("a missing permission is named, with the page to accept it on", async () => {
  const { repositoryId, installation, stored } = await build();
  await world.github.control.setPermissions(installation, { contents: "write" });
  const refused = enable(repositoryId);
  await expect(refused).rejects.toMatchObject({ code: "forbidden" });
  await expect(refused).rejects.toThrow(/lacks the "Webhooks" permission .* accept it at http/);
  expect(await stored()).toMatchObject({ provider: false, hook: null, hookProblem: expect.any(String) });
  await world.github.control.setPermissions(installation, { repository_hooks: "write" } as Permissions);
  await enable(repositoryId);
  expect(await stored()).toMatchObject({ provider: true, hookProblem: null });
});

test("a permission withdrawn under a token already issued is named too", async () => {
  const { repositoryId, fullName, installation } = await build();
  await enable(repositoryId);
  world.github.control.deleteHook(fullName, Number((await world.repository(fullName)).hook?.hookId));
  await world.github.control.setPermissions(installation, { contents: "write" });
  await expect(enable(repositoryId)).rejects.toThrow('lacks the "Webhooks" permission');
});

test("a repository with 20 webhooks is told so, and what it had stays", async () => {
  const { repositoryId, hooks, stored, fullName } = await build();
  await enable(repositoryId);
  const [ours] = hooks();
  world.github.control.deleteHook(fullName, ours?.id as number);
  for (let n = 0; n < 20; n++) {
    hooks().push({ ...(ours as NonNullable<typeof ours>), id: 9000 + n, url: `https://${n}.example/` });
  }
  const refused = enable(repositoryId);
  await expect(refused).rejects.toMatchObject({ code: "conflict" });
  await expect(refused).rejects.toThrow("has 20 webhooks for workflow runs already");
  expect((await stored()).hookProblem).toContain("20 webhooks");
  expect(hooks()).toHaveLength(20);
});

test.each([
  [{ rate_limit: "primary" as const }, "limited", "rate limit"],
  [{ rate_limit: "secondary" as const }, "limited", "rate limit"],
  [{ status: 418 }, "unavailable", "did not answer as it should"],
  [{ status: 404, body: { message: "Not Found" } }, "forbidden", "does not reach"],
  [
    { status: 422, body: { message: "Validation Failed", errors: [{ message: "url is not supported" }] } },
    "conflict",
    "GitHub refused the webhook in .*: Validation Failed: url is not supported",
  ],
])(
  "where GitHub answers %j it is told as %s, and the webhook's secret is in no log line",
  async (fault, code, told) => {
    const { repositoryId, stored } = await build();
    world.github.faults.add({ ...fault, method: "POST", route: "/repositories/*/hooks" });
    const refused = enable(repositoryId);
    await expect(refused).rejects.toMatchObject({ code });
    await expect(refused).rejects.toThrow(new RegExp(told));
    expect(await stored()).toMatchObject({ provider: false, hook: null });
    const secret = world.deps.hookSecrets.secret(repositoryId, 1) as string;
    expect(world.log.join("")).not.toContain(secret);
  },
);

test("an answer that was lost leaves a webhook that the next attempt finds", async () => {
  const { repositoryId, hooks } = await build();
  world.github.faults.add({ method: "POST", route: "/repositories/*/hooks", drop: "after" });
  // The client asks again by itself, is told that the webhook is there, and takes it up.
  await enable(repositoryId);
  expect(hooks()).toHaveLength(1);
});

test("a repository the App is not installed on is told to install it", async () => {
  const { repositoryId, fullName, installation } = await build();
  await world.github.control.changeRepositories(installation, { remove: [fullName] });
  await world.settle();
  await expect(enable(repositoryId)).rejects.toThrow("not installed on");
  await expect(enable("31337")).rejects.toMatchObject({ code: "not-found" });
});

test("disabling takes the webhook out, and may be repeated", async () => {
  const { repositoryId, hooks, stored } = await build();
  await enable(repositoryId);
  await disable(repositoryId);
  await disable(repositoryId);
  expect(hooks()).toEqual([]);
  expect(await stored()).toMatchObject({ provider: false, hook: null, hookProblem: null });
});

test("provider and tracking share one webhook, which goes with the last of them", async () => {
  const { repositoryId, hooks } = await build();
  await enable(repositoryId);
  await enableTracking(world.deps, repositoryId, "mona");
  expect(hooks()).toHaveLength(1);
  await disable(repositoryId);
  expect(hooks()).toHaveLength(1);
  await disableTracking(world.deps, repositoryId, "mona");
  expect(hooks()).toEqual([]);
});

test("a webhook that cannot be removed is refused from then on, and its repository says who has to", async () => {
  const { repositoryId, installation, stored, fullName } = await build();
  await enable(repositoryId);
  await world.github.control.idle();
  await world.github.control.setPermissions(installation, { contents: "write" });
  await disable(repositoryId);
  expect(await stored()).toMatchObject({ provider: false, hook: null });
  expect((await stored()).hookProblem).toMatch(/^Our webhook could not be removed; remove it under Settings/);
  const run = await world.github.control.startRun({
    repository: fullName,
    workflow: ".github/workflows/release.yml",
  });
  const [delivery] = await world.github.control.completeRun(run.id, "success");
  expect(delivery?.statusCode).toBe(404);
});

test("where GitHub is away, disabling stops the events at once and asks to be repeated", async () => {
  const { repositoryId, hooks, stored } = await build();
  await enable(repositoryId);
  world.github.faults.add({ method: "DELETE", status: 418 });
  await expect(disable(repositoryId)).rejects.toMatchObject({ code: "unavailable" });
  expect(await stored()).toMatchObject({ provider: false });
  await disable(repositoryId);
  expect(hooks()).toEqual([]);
});
