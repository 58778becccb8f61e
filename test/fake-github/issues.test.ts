import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stage, setStage } from "./stage.ts";

let stage: Stage;
let writer: string;
beforeAll(async () => {
  stage = await setStage();
  writer = await stage.token({ permissions: { issues: "write" } });
});
afterAll(() => stage.close());

const ISSUES = "/repos/acme/site/issues";
const open = (title = "Something") => stage.request(writer, "POST", ISSUES, { title, body: "look" });

test("an issue is made by the App's bot, edited, closed by it and opened again", async () => {
  const made = await open();
  expect([made.status, made.json]).toMatchObject([
    201,
    { state: "open", body: "look", user: { login: "carrier[bot]" }, closed_by: null },
  ]);
  const path = `${ISSUES}/${made.json.number}`;
  const closed = await stage.request(writer, "PATCH", path, { state: "closed", body: "done" });
  expect(closed.json).toMatchObject({
    state: "closed",
    state_reason: "completed",
    body: "done",
    closed_by: { login: "carrier[bot]" },
  });
  expect(closed.json.closed_at).toEqual(expect.any(String));
  const again = await stage.request(writer, "PATCH", path, { state: "open" });
  expect(again.json).toMatchObject({
    state: "open",
    state_reason: "reopened",
    closed_at: null,
    closed_by: null,
  });
});

test("issues of one creator are listed, newest first, open ones unless asked otherwise", async () => {
  const { number } = (await open("To be closed")).json;
  const mona = stage.control.userToken("mona", stage.app.client_id);
  await stage.request(mona, "POST", ISSUES, { title: "mona's" });
  await stage.request(writer, "PATCH", `${ISSUES}/${number}`, { state: "closed" });
  const titles = async (query: string) =>
    (await stage.request(writer, "GET", `${ISSUES}?${query}`)).json.map(
      (one: { title: string }) => one.title,
    );
  expect(await titles("creator=carrier[bot]")).toEqual(["Something"]);
  expect(await titles("creator=carrier[bot]&state=all")).toEqual(["To be closed", "Something"]);
  expect(await titles("state=all")).toEqual(["mona's", "To be closed", "Something"]);
});

test.each([
  ["without issues", { permissions: { contents: "write" } }, 403],
  ["to read only", { permissions: { issues: "read" } }, 403],
  ["for another repository", { repositories: ["vault"], permissions: { issues: "write" } }, 403],
])("a token %s makes no issue", async (_, narrowing, status) => {
  const token = await stage.token(narrowing);
  expect((await stage.request(token, "POST", ISSUES, { title: "No" })).status).toBe(status);
  const edited = await stage.request(token, "PATCH", `${ISSUES}/1`, { title: "No" });
  expect(edited.status).toBe(status);
});

test.each([
  ["has no title", {}],
  ["is too long", { title: "x", body: "x".repeat(65_537) }],
  ["has a title that is too long", { title: "x".repeat(257) }],
])("an issue that %s is refused", async (_, body) => {
  expect((await stage.request(writer, "POST", ISSUES, body)).status).toBe(422);
});

test("a state that there is not is refused", async () => {
  expect((await stage.request(writer, "PATCH", `${ISSUES}/1`, { state: "done" })).status).toBe(422);
});

test("where issues are switched off they are gone", async () => {
  stage.control.repository("acme/site").hasIssues = false;
  expect((await open()).status).toBe(410);
  expect((await stage.request(writer, "GET", ISSUES)).status).toBe(410);
  stage.control.repository("acme/site").hasIssues = true;
});
