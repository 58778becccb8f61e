import { expect, test } from "vitest";
import {
  ANONYMOUS_RUN_FIELDS,
  isForkRun,
  join,
  RUN_FIELDS,
  runFieldsOf,
  titleOf,
  workflowPath,
} from "../../../app/domain/intake/event.ts";
import type { Message } from "../../../app/domain/records/message.ts";

const buildMessage = (messageId: string, eventType: string, runAttempt: number): Message => ({
  messageId,
  repositoryId: "1",
  runId: "2",
  runAttempt,
  eventType,
  body: "{}",
  bodyKey: null,
  size: 2,
  sha256: "",
  receivedAt: "",
});

const ids = (joined: ReturnType<typeof join>) =>
  joined.map(({ eventType, message }) => message?.messageId ?? eventType);

test.each([
  ["nothing said", [], 1, ["zekt-workflow-completed"]],
  ["one message", [buildMessage("a", "t", 1)], 1, ["zekt-workflow-completed", "a"]],
  [
    "types side by side",
    [buildMessage("a", "t", 1), buildMessage("b", "u", 1)],
    1,
    ["zekt-workflow-completed", "a", "b"],
  ],
  [
    "all legs of a matrix",
    [buildMessage("b", "t", 1), buildMessage("a", "t", 1)],
    1,
    ["zekt-workflow-completed", "a", "b"],
  ],
  ["the message of an earlier attempt", [buildMessage("a", "t", 1)], 2, ["zekt-workflow-completed", "a"]],
  [
    "the newest of each type",
    [buildMessage("a", "t", 1), buildMessage("b", "t", 2), buildMessage("c", "u", 1)],
    3,
    ["zekt-workflow-completed", "b", "c"],
  ],
  ["nothing of a later attempt", [buildMessage("a", "t", 2)], 1, ["zekt-workflow-completed"]],
])("an attempt is joined with %s", (_, messages, attempt, expected) => {
  expect(ids(join(messages, { runAttempt: attempt }))).toEqual(expected);
  expect(ids(join([...messages].reverse(), { runAttempt: attempt }))).toEqual(expected);
});

test("a fork is told by the head repository, and pull_request_target counts as one", () => {
  const run = (event: string) => ({ event }) as never;
  expect(isForkRun({ repositoryId: "1", headRepositoryId: "1", run: run("push") })).toBe(false);
  expect(isForkRun({ repositoryId: "1", headRepositoryId: "2", run: run("pull_request") })).toBe(true);
  expect(isForkRun({ repositoryId: "1", headRepositoryId: null, run: run("push") })).toBe(true);
  expect(isForkRun({ repositoryId: "1", headRepositoryId: "1", run: run("pull_request_target") })).toBe(true);
});

test("a workflow's path is told without its ref", () => {
  expect(workflowPath(".github/workflows/a.yml@refs/heads/main")).toBe(".github/workflows/a.yml");
});

test.each([
  [".github/workflows/deploy@prod.yml", ".github/workflows/deploy@prod.yml"],
  [".github/workflows/deploy@prod.yml@main", ".github/workflows/deploy@prod.yml"],
  [".github/workflows/release.yml@other.yml", ".github/workflows/release.yml@other.yml"],
  [".github/workflows/release.yml@other.yml@main", ".github/workflows/release.yml@other.yml"],
  [".github/workflows/a.yaml@refs/heads/x.yml@y", ".github/workflows/a.yaml"],
  ["dynamic/pages/pages-build-deployment@main", "dynamic/pages/pages-build-deployment"],
])("an @ in a file's name is no ref: %s", (path, file) => {
  expect(workflowPath(path)).toBe(file);
});

test("a run without a title has its workflow's name", () => {
  expect(titleOf({ display_title: "Fix", name: "Release" })).toBe("Fix");
  expect(titleOf({ display_title: null, name: "Release" })).toBe("Release");
  expect(titleOf({})).toBe("");
});

test("a test event is the one type that it tries, with its message or alone", () => {
  const messages = [buildMessage("m1", "built", 1), buildMessage("m2", "tested", 1)];
  const of = (eventType: string) =>
    ids(join(messages, { runAttempt: 1, test: { subscriptionId: "s", eventType } as never }));
  expect(of("tested")).toEqual(["m2"]);
  expect(of("zekt-workflow-completed")).toEqual(["zekt-workflow-completed"]);
  expect(of("other")).toEqual([]);
});

const fieldsOf = (alias: string | null, isPrivate: boolean, runFields: string[] | null = null) =>
  runFieldsOf({ alias, runFields } as Parameters<typeof runFieldsOf>[0], { private: isPrivate });

test("of a run all travels of a public repository, nothing that names it of any other, or what its service lists", () => {
  expect(fieldsOf(null, false)).toEqual([...RUN_FIELDS]);
  expect(fieldsOf("Compass", false)).toEqual([...ANONYMOUS_RUN_FIELDS]);
  expect(fieldsOf(null, true)).toEqual([...ANONYMOUS_RUN_FIELDS]);
  expect(fieldsOf("Compass", true, ["id", "name"])).toEqual(["id", "name"]);
  for (const field of ["name", "path", "head_branch", "head_sha", "html_url", "actor", "display_title"])
    expect(ANONYMOUS_RUN_FIELDS).not.toContain(field);
});
