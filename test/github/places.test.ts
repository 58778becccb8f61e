import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { GitHub } from "../../app/github/client.ts";
import { readFile } from "../../app/github/contents.ts";
import { dispatch, dispatchAccess, type GrantedAccess } from "../../app/github/dispatch.ts";
import { getRepository } from "../../app/github/installations.ts";
import { Requests, type RequestsOptions, type SendOptions } from "../../app/github/requests.ts";
import { setStage } from "../fake-github/stage.ts";
import { startCatalogWorld } from "../steps/catalog/catalog-world.ts";

/* GitHub takes so many requests of an installation at once, and refuses all of its requests for a minute after one more. */

afterEach(() => void vi.useRealTimers());

test("reads and dispatches of an installation are together no more than GitHub takes at once", async () => {
  await using stage = Object.assign(await setStage(), { [Symbol.asyncDispose]: () => stage.close() });
  stage.control.configure({ runWorkflows: false });
  const site = stage.github.world.repository("acme/site");
  const repositoryId = String(site?.id);
  const installation = { installationId: String(stage.installationId), ownerId: String(site?.ownerId) };
  const { app_id, private_key } = stage.app as unknown as { app_id: number; private_key: string };
  const now = () => stage.clock.now();
  const config = { apiUrl: stage.github.url, appId: String(app_id), privateKey: private_key };
  const github = new GitHub(config, { now });
  const access = (await dispatchAccess(github, installation, repositoryId, now)) as GrantedAccess;
  await getRepository(github, installation, repositoryId);
  stage.control.configure({ latencyMs: 300 });
  const body = { event_type: "built", client_payload: {} };
  const reads = Array.from({ length: 70 }, () => getRepository(github, installation, repositoryId));
  const posts = Array.from({ length: 70 }, () => dispatch(github, access, repositoryId, body, now));
  expect(new Set((await Promise.all(posts)).map(({ outcome }) => outcome))).toEqual(new Set(["dispatched"]));
  expect(new Set((await Promise.all(reads)).map((one) => one?.fullName))).toEqual(new Set(["acme/site"]));
});

test("a process that works beside others has a tenth of the places", async () => {
  let [underWay, most] = [0, 0];
  const world = await startCatalogWorld(async (url, init) => {
    most = Math.max(most, ++underWay);
    return await fetch(url, init).finally(() => {
      underWay -= 1;
    });
  });
  onTestFinished(() => world.close());
  const repository = await world.buildRepository();
  const { github } = world.deps;
  await Promise.all(Array.from({ length: 30 }, () => readFile(github, repository, "README.md")));
  expect(most).toBe(10);
});

/** A GitHub that answers when the test says so. */
function openGitHub(options: RequestsOptions = {}) {
  const underWay = new Map<string, (answer: Response) => void>();
  const sent: string[] = [];
  const requests = new Requests({
    ...options,
    fetch: (url, init) =>
      new Promise((resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
        underWay.set(String(url), resolve);
        sent.push(String(url));
      }),
  });
  const send = (url: string, options: SendOptions = {}, init: RequestInit = {}) => {
    const answer = requests.send(url, init, { quota: "owner 1", repeats: "never", ...options });
    // What the test leaves unanswered ends after it.
    answer.catch(() => {});
    return answer;
  };
  const settle = async () => {
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  };
  const answer = async (url: string, response = new Response("{}")) => {
    underWay.get(url)?.(response);
    await settle();
  };
  return { sent, send, answer, settle };
}

test("a dispatch goes before the reads that wait, and its like and they keep their order", async () => {
  const github = openGitHub({ atOnce: 1 });
  for (const url of ["read 1", "read 2", "read 3"]) void github.send(url);
  for (const url of ["dispatch 1", "dispatch 2"]) void github.send(url, { precedes: true });
  const order = ["read 1", "dispatch 1", "dispatch 2", "read 2", "read 3"];
  for (const url of order) {
    await github.settle();
    expect(github.sent.at(-1)).toBe(url);
    await github.answer(url);
  }
  expect(github.sent).toEqual(order);
});

test("an owner whose requests hang holds up no other", async () => {
  const github = openGitHub({ atOnce: 2 });
  for (const url of ["1", "2", "3"]) void github.send(url);
  void github.send("other's", { quota: "owner 2" });
  await github.settle();
  expect(github.sent).toEqual(["1", "2", "other's"]);
});

test("what waits for a place is not sent once GitHub asks to wait", async () => {
  const github = openGitHub({ atOnce: 1 });
  const first = github.send("1");
  const others = [github.send("2"), github.send("3")];
  await github.settle();
  await github.answer("1", Response.json({ message: "" }, { status: 429, headers: { "retry-after": "60" } }));
  const answers = await Promise.all([first, ...others]);
  expect(answers.map(({ status }) => status)).toEqual([429, 429, 429]);
  expect(github.sent).toEqual(["1"]);
});

test("the wait for a place is no part of the time that a request has for its answer", async () => {
  const github = openGitHub({ atOnce: 1 });
  const first = github.send("1");
  const second = github.send("2", { timeout: 150 });
  await new Promise((resolve) => setTimeout(resolve, 250));
  await github.answer("1");
  await first;
  await github.answer("2");
  expect((await second).status).toBe(200);
});

test("a request that finds no place is answered to come again, before a function's time is over", async () => {
  const github = openGitHub({ atOnce: 1 });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  void github.send("1");
  const waiting = [github.send("2"), github.send("3", { precedes: true })];
  await vi.advanceTimersByTimeAsync(12_000);
  const answers = await Promise.all(waiting);
  expect(answers.map(({ status, headers }) => [status, headers.get("retry-after")])).toEqual([
    [429, "5"],
    [429, "5"],
  ]);
  expect(github.sent).toEqual(["1"]);
  // That says nothing of the quota: GitHub did not ask to wait.
  await github.answer("1");
  void github.send("4");
  await github.settle();
  expect(github.sent).toEqual(["1", "4"]);
});

test("a place goes to the next where the one that waited for it is given up in the same moment", async () => {
  const github = openGitHub({ atOnce: 1 });
  const [hanging, waiting] = [new AbortController(), new AbortController()];
  const first = github.send("1", {}, { signal: hanging.signal });
  const second = github.send("2", {}, { signal: waiting.signal });
  void github.send("3");
  await github.settle();
  hanging.abort(new Error("ended"));
  waiting.abort(new Error("ended too"));
  await expect(first).rejects.toThrow("ended");
  await expect(second).rejects.toThrow("ended too");
  await github.settle();
  expect(github.sent).toEqual(["1", "3"]);
});
