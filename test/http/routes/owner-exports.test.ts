import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { iso } from "../../../app/domain/clock.ts";
import { type Stage, setStage, until } from "../../../harness/stage.ts";
import { bringOn, silent } from "../../../harness/world.ts";
import { type Call, userToken } from "../client.ts";
import { documentedClient } from "../documented.ts";

let stage: Stage;
let call: Call;
let ownerId: string;
let repositoryId: string;

beforeAll(async () => {
  stage = await setStage({ log: silent });
  stage.github.world.settings.runWorkflows = false;
  repositoryId = await bringOn(stage, "acme/provider");
  ownerId = String(stage.github.control.account("acme").id);
  stage.github.control.setMember("acme", "acme-dev", "admin");
  call = await documentedClient(stage);
});
afterAll(() => stage.close());

/** Stores so many runs that no answer holds them. */
async function storeRuns(count: number): Promise<void> {
  const { runs } = stage.server.deps.store;
  for (let n = 0; n < count; n++) {
    const of = {
      repositoryId,
      ownerId,
      runId: String(n + 1),
      runAttempt: 1,
      receivedAt: iso(Date.now() - n),
    };
    await runs.addEvent({ ...of, eventId: `event-${n}`, run: {}, dueAt: null } as never);
  }
}

test("a small owner is exported by one answer, as before", async () => {
  const { status, json } = await call("acme-dev", `/owners/${ownerId}/export`);
  expect(status).toBe(200);
  expect(json.account.login).toBe("acme");
  expect(json.repositories[0].repository.fullName).toBe("acme/provider");
});

test("a large one is exported by a job, whose file says as much, and which is looked up by its location", async () => {
  await storeRuns(1200);
  const { archive } = stage.server.deps.store;
  const join = archive.join.bind(archive);
  const asked = Promise.withResolvers<void>();
  const held = vi.spyOn(archive, "join").mockImplementation(async (...of) => {
    await asked.promise;
    await join(...of);
  });
  const head = await fetch(`${stage.server.url}/api/owners/${ownerId}/export`, {
    method: "HEAD",
    headers: { authorization: `Bearer ${userToken(stage, "acme-dev")}` },
  });
  expect(head.status).toBe(202);
  expect((await call("acme-dev", `/owners/${ownerId}/exports`)).json.items).toEqual([]);
  const { status, headers, json } = await call("acme-dev", `/owners/${ownerId}/export`);
  expect([status, json.state, json.file]).toEqual([202, "running", null]);
  const address = (headers.get("location") ?? "").replace("/api", "");
  const again = await call("acme-dev", `/owners/${ownerId}/exports`, { method: "POST" });
  expect([again.status, again.json.exportId]).toEqual([202, json.exportId]);
  asked.resolve();
  await until(async () => (await call("acme-dev", address)).json.state === "done");
  const done = (await call("acme-dev", address)).json;
  expect(done).toMatchObject({ events: 1200, repositories: { done: 1, total: 1 } });
  expect((await call("acme-dev", `/owners/${ownerId}/exports`)).json.items).toEqual([done]);
  const file = await call("acme-dev", done.file.replace("/api", ""));
  expect(file.headers.get("cache-control")).toBe("no-store");
  expect(file.json.repositories[0].events).toHaveLength(1200);
  held.mockRestore();
});

test("the owner's trail says who started an export, once for each", async () => {
  const trail = async () =>
    (await call("acme-dev", `/owners/${ownerId}/audit?action=export-started`)).json.items;
  const before = (await trail()).length;
  const { json } = await call("acme-dev", `/owners/${ownerId}/exports`, { method: "POST" });
  await until(
    async () => (await call("acme-dev", `/owners/${ownerId}/exports`)).json.items[0]?.state === "done",
  );
  const entries = await trail();
  expect(entries).toHaveLength(before + 1);
  expect(entries[0]).toMatchObject({ by: "acme-dev", via: "api", subject: json.exportId });
  // The one above was started by a GET, and asked for once more while it ran.
  expect(before).toBe(1);
});

test("an export is for those who administer the owner, and known by its id alone", async () => {
  stage.github.control.createAccount({ login: "stranger" });
  const { exportId } = (await call("acme-dev", `/owners/${ownerId}/exports`, { method: "POST" })).json;
  const own = `/exports/${exportId}`;
  expect((await call("acme-dev", `/owners/${ownerId}${own}`)).status).toBe(200);
  for (const path of ["/export", "/exports", own, `${own}/file`])
    expect((await call("stranger", `/owners/${ownerId}${path}`)).status).toBe(404);
  expect((await call("stranger", `/owners/${ownerId}/exports`, { method: "POST" })).status).toBe(404);
  for (const path of ["/exports/export-1", "/exports/export-1/file"])
    expect((await call("acme-dev", `/owners/${ownerId}${path}`)).status).toBe(404);
});
