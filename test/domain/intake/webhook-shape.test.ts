import { expect, test } from "vitest";
import { firstMismatch, isSubscribedEvent, runMismatch } from "../../../app/domain/intake/webhook-shape.ts";

/* What Zekt reads of webhooks, as GitHub documents it: what is not so is named by its place. */

const RUN = {
  id: 1,
  run_attempt: 1,
  path: ".github/workflows/a.yml",
  event: "push",
  head_sha: "a",
  html_url: "https://github.com/a/b/actions/runs/1",
  created_at: "2026-01-01T00:00:00Z",
  run_started_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T01:00:00+01:00",
};
const repository = { id: 1, owner: { id: 2 } };
const installation = { id: 3, account: { id: 4 } };

test.each<[object, string | null]>([
  [{}, null],
  [
    { name: null, status: null, conclusion: null, head_branch: null, actor: null, head_repository: null },
    null,
  ],
  [{ added_by_github: {} }, null],
  [{ id: -1 }, "id"],
  [{ id: 1.5 }, "id"],
  [{ run_attempt: 0 }, "run_attempt"],
  [{ run_attempt: 99_999 }, null],
  [{ run_attempt: 100_000 }, "run_attempt"],
  [{ path: "x".repeat(4096) }, null],
  [{ path: "x".repeat(4097) }, "path"],
  [{ created_at: "yesterday" }, "created_at"],
  [{ actor: {} }, "actor.login"],
  [{ head_repository: {} }, "head_repository.id"],
])("of a run with %j the place %s is not as documented", (change, place) => {
  expect(runMismatch({ ...RUN, ...change })).toBe(place);
});

test("what is no object at all is wrong at its top", () => {
  expect(runMismatch(null)).toBe("its top");
});

test.each<[Parameters<typeof firstMismatch>[0], object, object, string]>([
  [
    "workflow_run",
    { action: "completed", workflow_run: RUN, repository },
    { repository: { id: 1, owner: {} } },
    "repository.owner.id",
  ],
  ["ping", { hook_id: 1 }, { hook_id: "1" }, "hook_id"],
  ["installation", { action: "created", installation }, { installation: { id: 3 } }, "installation.account"],
  [
    "installation",
    { action: "created", installation },
    { installation: { id: 3, account: {} } },
    "installation.account.id",
  ],
  ["installation_target", { action: "renamed", account: { id: 4 } }, { account: {} }, "account.id"],
  [
    "installation_target",
    { action: "renamed", account: { id: 4 }, installation: { id: 3 } },
    { installation: {} },
    "installation.id",
  ],
  [
    "installation_repositories",
    { action: "added", installation, repositories_added: [{ id: 1 }], repositories_removed: [] },
    { repositories_added: [{ id: 1 }, {}] },
    "repositories_added.1.id",
  ],
  ["repository", { action: "renamed", repository, changes: {} }, { changes: 1 }, "changes"],
  [
    "repository",
    { action: "renamed", repository, installation },
    { installation: { id: 3, account: {} } },
    "installation.account.id",
  ],
  [
    "push",
    {
      ref: "refs/heads/main",
      after: "a",
      commits: [{ added: null, modified: ["a"] }],
      repository: { ...repository, default_branch: "main" },
    },
    { repository },
    "repository.default_branch",
  ],
  [
    "push",
    {
      ref: "refs/heads/main",
      after: "a",
      commits: [],
      repository: { ...repository, default_branch: "main" },
    },
    { commits: [{ added: [1] }] },
    "commits.0.added.0",
  ],
])("a webhook of %s is as documented, and is not with another value", (name, payload, change, place) => {
  expect(isSubscribedEvent(name)).toBe(true);
  expect(firstMismatch(name, payload)).toBeNull();
  expect(firstMismatch(name, { ...payload, ...change })).toBe(place);
});

test("Zekt subscribes to no event of another name", () => {
  expect(["star", "toString"].map((name) => isSubscribedEvent(name))).toEqual([false, false]);
});
