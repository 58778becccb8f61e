import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stage, setStage } from "./stage.ts";

const DISPATCHES = "/repos/acme/site/dispatches";

let stage: Stage;
let token: string;
beforeAll(async () => {
  stage = await setStage();
  token = await stage.token();
});
afterAll(() => stage.close());

const dispatch = (body: unknown) => stage.request(token, "POST", DISPATCHES, body);

test("a dispatch is answered with nothing, and kept for the test to see", async () => {
  const answer = await dispatch({ event_type: "built", client_payload: { a: 1 } });
  expect([answer.status, answer.text]).toEqual([204, ""]);
  expect(stage.control.dispatches("acme/site").at(-1)).toMatchObject({
    eventType: "built",
    clientPayload: { a: 1 },
    appSlug: "carrier",
  });
});

test("a repository is named by its id as well", async () => {
  const { id } = stage.control.repository("acme/site");
  const answer = await stage.request(token, "POST", `/repositories/${id}/dispatches`, {
    event_type: "by-id",
  });
  expect(answer.status).toBe(204);
});

const properties = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, index]));
/** A payload whose JSON has so many bytes. */
const bytes = (count: number) => ({ a: "x".repeat(count - '{"a":""}'.length) });

test.each([
  ["without a type", {}, `Invalid request.\n\n"event_type" wasn't supplied.`],
  ["of an empty type", { event_type: "" }, "Invalid request.\n\nAt least 1 character"],
  [
    "of a type of 101 characters",
    { event_type: "x".repeat(101) },
    "Invalid request.\n\nOnly 100 characters are allowed; 101 were supplied.",
  ],
  [
    "of 11 properties",
    { event_type: "a", client_payload: properties(11) },
    "Invalid request.\n\nNo more than 10 properties are allowed; 11 were supplied.",
  ],
  ["of 65,536 bytes", { event_type: "a", client_payload: bytes(65_536) }, "client_payload is too large."],
  [
    "of 65,536 bytes in fewer characters",
    { event_type: "a", client_payload: { a: "é".repeat(32_764) } },
    "client_payload is too large.",
  ],
  ["of a list", { event_type: "a", client_payload: [] }, "is not an object."],
  ["with what GitHub does not know", { event_type: "a", ref: "main" }, `"ref" is not a permitted key.`],
])("a dispatch %s is refused in GitHub's words", async (_, body, message) => {
  const count = stage.control.dispatches("acme/site").length;
  const answer = await dispatch(body);
  expect(answer.status).toBe(422);
  expect(answer.json.message).toContain(message);
  expect(stage.control.dispatches("acme/site")).toHaveLength(count);
});

test.each([
  ["of a type of 100 characters", { event_type: "é".repeat(100) }],
  ["of 10 properties", { event_type: "a", client_payload: properties(10) }],
  ["of 65,535 bytes", { event_type: "a", client_payload: bytes(65_535) }],
])("a dispatch %s is taken", async (_, body) => {
  expect((await dispatch(body)).status).toBe(204);
});

test("what is not JSON is refused", async () => {
  const answer = await dispatch("{");
  expect([answer.status, answer.json.message]).toEqual([400, "Problems parsing JSON"]);
});

test("an archived repository takes none", async () => {
  await stage.control.setArchived("acme/site", true);
  const answer = await dispatch({ event_type: "built" });
  expect([answer.status, answer.json.message]).toEqual([403, "Repository was archived so is read-only."]);
  await stage.control.setArchived("acme/site", false);
});

test("a repository's former name leads to it", async () => {
  await stage.control.renameRepository("acme/vault", "safe");
  const { id } = stage.control.repository("acme/safe");
  const read = await stage.request(token, "GET", "/repos/acme/vault/contents/README.md?ref=main");
  expect(read.status).toBe(301);
  expect(read.headers.get("location")).toBe(
    `${stage.github.url}/repositories/${id}/contents/README.md?ref=main`,
  );
  const written = await stage.request(token, "POST", "/repos/acme/vault/dispatches", { event_type: "a" });
  expect(written.status).toBe(307);
});
