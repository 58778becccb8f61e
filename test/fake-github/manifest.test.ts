import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stage, setStage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  stage.control.setSignIn("mona");
});
afterAll(() => stage.close());

const manifest = (change: object = {}) => ({
  name: "Made by manifest",
  url: "https://carrier.example",
  redirect_url: "http://127.0.0.1:3000/setup",
  hook_attributes: { url: stage.receiver.url },
  public: true,
  default_permissions: { contents: "write" },
  default_events: ["push", "installation_target"],
  ...change,
});
const submit = (wanted: object, path = "/settings/apps/new?state=xyz") =>
  stage.request(null, "POST", path, String(new URLSearchParams({ manifest: JSON.stringify(wanted) })), {
    "content-type": "application/x-www-form-urlencoded",
  });
const convert = (code: string | null) => stage.request(null, "POST", `/app-manifests/${code}/conversions`);

test("a manifest becomes an App, once, whose webhook is pinged", async () => {
  const answer = await submit(manifest());
  const back = new URL(answer.headers.get("location") as string);
  expect([answer.status, back.pathname, back.searchParams.get("state")]).toEqual([302, "/setup", "xyz"]);
  const code = back.searchParams.get("code");
  const { status, json } = await convert(code);
  expect(status).toBe(201);
  expect(json).toMatchObject({
    slug: "made-by-manifest",
    owner: { login: "mona" },
    permissions: { contents: "write", metadata: "read" },
    events: ["push", "installation_target"],
  });
  expect(json.pem).toContain("BEGIN RSA PRIVATE KEY");
  for (const secret of [json.client_id, json.client_secret, json.webhook_secret])
    expect(secret).toBeTypeOf("string");
  await stage.control.idle();
  expect(JSON.parse(stage.receiver.received.at(-1)?.body ?? "")).toMatchObject({
    zen: expect.any(String),
    hook: { type: "App", app_id: json.id },
  });
  expect((await convert(code)).status).toBe(404);
});

test("an organisation's App is the organisation's", async () => {
  const answer = await submit(manifest({ name: "Of acme" }), "/organizations/acme/settings/apps/new");
  const code = new URL(answer.headers.get("location") as string).searchParams.get("code");
  expect((await convert(code)).json.owner.login).toBe("acme");
});

test("a code is good for an hour", async () => {
  const answer = await submit(manifest({ name: "Too late" }));
  const code = new URL(answer.headers.get("location") as string).searchParams.get("code");
  stage.clock.advance(3_600_000);
  expect((await convert(code)).status).toBe(404);
});

test.each([
  ["without an address", { url: undefined }, "url is not a URL"],
  ["without a way back", { redirect_url: undefined }, "redirect_url is not a URL"],
  ["with a webhook to nowhere", { hook_attributes: { active: true } }, "Hook url cannot be blank"],
  [
    "with events that every App gets",
    { default_events: ["installation"] },
    "Default events unsupported: installation",
  ],
  [
    "with events its permissions do not allow",
    { default_events: ["workflow_run"] },
    "unsupported: workflow_run",
  ],
  ["with a name that is taken", { name: "Carrier" }, "Name has already been taken"],
])("a manifest %s is refused", async (_, change, message) => {
  const answer = await submit(manifest({ name: "Refused", ...change }));
  expect(answer.status).toBe(422);
  expect(answer.text).toContain(message);
});

test("an App's webhook at an address that is not public is refused as github.com refuses it", async () => {
  stage.control.configure({ publicHooksOnly: true });
  const answer = await submit(
    manifest({ name: "At home", hook_attributes: { url: "http://localhost:3000/github/webhooks" } }),
  );
  stage.control.configure({ publicHooksOnly: false });
  expect(answer.status).toBe(422);
  expect(answer.text).toMatch(/reachable over the public Internet \(localhost\)/);
});
