import { afterAll, beforeAll, expect, test } from "vitest";
import { callAs, startWorld, tokenOf, WORKFLOW, type World } from "../../harness/world.ts";
import { quoted } from "./quoted.ts";

/* What the page of troubleshooting quotes, as it is really answered. */

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const patterns = quoted("docs/troubleshooting.md").map((message) => {
  const fixed = message.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${fixed.join("[\\s\\S]+?")}$`);
});
/** Returns whether the page quotes an answer, with so much of it that no other answer would match. */
const isQuoted = (detail: string): boolean => patterns.some((pattern) => pattern.test(detail));

/** A webhook as GitHub sends it, but for what is changed; gives the answer's detail. */
async function webhook(headers: Record<string, string>, path = ""): Promise<string> {
  const response = await fetch(`${world.server.url}/github/webhooks${path}`, {
    method: "POST",
    body: "{}",
    headers: {
      "content-type": "application/json",
      "x-github-event": "push",
      "x-github-delivery": crypto.randomUUID(),
      ...headers,
    },
  });
  return ((await response.json()) as { detail: string }).detail;
}

const signed = { "x-hub-signature-256": `sha256=${"0".repeat(64)}` };

/** Calls the API as somebody, and gives the detail of its refusal. */
async function refusal(login: string, method: string, path: string, body?: object): Promise<string> {
  try {
    await world.api(login, method, path, body);
  } catch (error) {
    const problem = /: (\{.*\})$/s.exec((error as Error).message)?.[1] ?? "{}";
    return (JSON.parse(problem) as { detail: string }).detail;
  }
  return "It was not refused.";
}

/** Sends a message from a step with claims, and gives the detail of the refusal. */
async function message(
  claims: Record<string, unknown>,
  audience?: string,
  more: object = {},
): Promise<string> {
  const run = await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  const token = await tokenOf(world, run.id, claims, audience);
  const body = { eventType: "built", payload: {}, workflowRunId: String(run.id), ...more };
  const { json } = await callAs(world, token, "POST", "/events/receive", body);
  return String(json?.detail);
}

test.each<[string, () => Promise<string>]>([
  ["a webhook without signature", () => webhook({})],
  ["a webhook with a wrong signature", () => webhook(signed)],
  ["a webhook as a form", () => webhook({ ...signed, "content-type": "application/x-www-form-urlencoded" })],
  ["a webhook of a repository that is not enabled", () => webhook(signed, `/repositories/${world.consumer}`)],
  [
    "a step without token",
    async () => String((await callAs(world, "", "POST", "/events/receive", {})).json?.detail),
  ],
  ["a token for another audience", () => message({}, "https://other.example.com")],
  ["a token that has expired", () => message({ exp: 1_000_000_000, nbf: 999_999_000, iat: 999_999_000 })],
  ["a message of a repository that is no provider", () => message({ repository_id: "1" })],
  ["a message that names another repository", () => message({}, undefined, { repository: "acme/other" })],
  ["an id that is none", () => refusal("acme-dev", "GET", `/services/${"x".repeat(101)}`)],
  [
    "a body that does not fit",
    () => refusal("acme-dev", "PATCH", `/repositories/${world.provider}`, { provider: "yes" }),
  ],
  [
    "a service whose values cannot be",
    () =>
      refusal("acme-dev", "POST", `/repositories/${world.provider}/services`, {
        slug: "A",
        workflow: WORKFLOW,
      }),
  ],
  ["an id that nobody has", () => refusal("acme-dev", "GET", "/repositories/1")],
  [
    "an approval that is denied",
    () => refusal("acme-dev", "POST", `/subscriptions/${world.subscriptionId}/deny`),
  ],
  [
    "a service that is not there",
    () =>
      refusal("initech-dev", "POST", `/repositories/${world.consumer}/subscriptions`, {
        service: "acme/x/y",
      }),
  ],
  [
    "a workflow that is not there",
    () =>
      refusal(
        "acme-dev",
        "PUT",
        `/repositories/${world.provider}/workflows/.github%2Fworkflows%2Fnothing.yml`,
      ),
  ],
  [
    "a subscription of a repository that is no consumer",
    () =>
      refusal("acme-dev", "POST", `/repositories/${world.provider}/subscriptions`, {
        service: world.serviceId,
      }),
  ],
  [
    "an event type that the subscription does not get",
    async () => {
      await world.api("initech-dev", "PATCH", `/subscriptions/${world.subscriptionId}`, {
        eventTypes: ["sent"],
      });
      return await refusal("initech-dev", "POST", `/subscriptions/${world.subscriptionId}/test-event`, {
        eventType: "built",
      });
    },
  ],
  [
    "a workflow that is not whitelisted",
    async () => {
      const path = `/repositories/${world.provider}/workflows/${encodeURIComponent(WORKFLOW)}`;
      await world.api("acme-dev", "DELETE", path);
      return await refusal("initech-dev", "POST", `/subscriptions/${world.subscriptionId}/test-event`, {});
    },
  ],
  [
    "a second test event at once",
    () => refusal("initech-dev", "POST", `/subscriptions/${world.subscriptionId}/test-event`, {}),
  ],
])("the page quotes what is answered to %s", async (_, provoke) => {
  const detail = await provoke();
  expect(isQuoted(detail) ? "quoted" : detail).toBe("quoted");
});
