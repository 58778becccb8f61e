import { expect, test } from "vitest";
import { runWorkflow } from "../../../fake-github/runner/run-workflow.ts";
import { buildRequest, buildSteps } from "./build-request.ts";

/* Steps beside others: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsbackground */

const runSteps = async (steps: string, change: Parameters<typeof buildRequest>[1] = {}) => {
  const { conclusion, jobs } = await runWorkflow(buildRequest(buildSteps(steps), change));
  return { conclusion, steps: jobs[0]?.steps.map(({ name, conclusion, log }) => [name, conclusion, log]) };
};

test("a background step goes on beside the next ones, and its outputs are there once it was waited for", async () => {
  const seen = await runSteps(`
      - id: server
        name: server
        background: true
        run: |
          until [ -e asked ]; do sleep 0.02; done
          echo "port=80" >> "$GITHUB_OUTPUT"
          echo "SERVER=up" >> "$GITHUB_ENV"
      - { name: before, run: "echo '<\${{ steps.server.outputs.port }}'$SERVER'>'; touch asked" }
      - { name: wait, wait: server }
      - { name: after, run: "echo '<\${{ steps.server.outputs.port }} '$SERVER'>'" }`);
  expect(seen).toEqual({
    conclusion: "success",
    steps: [
      ["server", "success", ""],
      ["before", "success", "<>"],
      ["wait", "success", ""],
      ["after", "success", "<80 up>"],
    ],
  });
});

test("a background step that fails has the job fail where it is waited for", async () => {
  const seen = await runSteps(`
      - { id: one, name: one, background: true, run: "exit 1" }
      - { id: two, name: two, background: true, run: "echo two" }
      - { name: next, run: echo next }
      - wait: [one, two]
      - { name: never, run: echo never }`);
  expect(seen.conclusion).toBe("failure");
  expect(seen.steps?.map(([name, conclusion]) => [name, conclusion])).toEqual([
    ["one", "failure"],
    ["two", "success"],
    ["next", "success"],
    ["Wait for one, two", "failure"],
    ["Run echo never", "skipped"],
  ]);
});

test("a wait for all may forgive what failed", async () => {
  const seen = await runSteps(`
      - { name: one, background: true, run: "exit 1" }
      - { name: all, wait-all: , continue-on-error: true }
      - { name: next, run: echo next }`);
  expect(seen.conclusion).toBe("success");
});

test("whatever was not waited for is waited for before the job ends", async () => {
  const seen = await runSteps(`
      - { name: late, background: true, run: "sleep 0.2; exit 3" }
      - { name: next, run: echo next }`);
  expect(seen.conclusion).toBe("failure");
  expect(seen.steps?.map(([name]) => name)).toEqual(["late", "next", "Wait for all background steps"]);
});

test("a service is cancelled by the step that stops it, which is no failure", async () => {
  const seen = await runSteps(`
      - { id: db, name: db, background: true, run: "echo up; exec sleep 60" }
      - { name: use, run: "sleep 0.3; echo used" }
      - cancel: db
      - { name: next, run: "echo \${{ steps.db.outcome }}" }`);
  expect(seen.conclusion).toBe("success");
  expect(seen.steps?.[0]?.slice(0, 2)).toEqual(["db", "cancelled"]);
  expect(seen.steps?.[3]).toEqual(["next", "success", "cancelled"]);
});

test("steps in parallel run at once, and the job goes on when all have ended", async () => {
  const seen = await runSteps(`
      - parallel:
          - { id: a, name: a, run: "touch a; until [ -e b ]; do sleep 0.02; done; echo x=1 >> $GITHUB_OUTPUT" }
          - { id: b, name: b, run: "touch b; until [ -e a ]; do sleep 0.02; done; echo y=2 >> $GITHUB_OUTPUT" }
      - { name: next, run: "echo \${{ steps.a.outputs.x }}\${{ steps.b.outputs.y }}" }`);
  expect(seen.conclusion).toBe("success");
  expect(seen.steps?.at(-1)).toEqual(["next", "success", "12"]);
});

test("a cancelled run stops what is in the background too", async () => {
  const controller = new AbortController();
  const seen = await runSteps(
    `
      - { name: server, background: true, run: "echo begun; exec sleep 60" }
      - { name: next, run: "exec sleep 60" }`,
    { signal: controller.signal, onLog: (line) => line === "begun" && controller.abort() },
  );
  expect(seen.conclusion).toBe("cancelled");
  expect(seen.steps?.slice(0, 2).map(([, conclusion]) => conclusion)).toEqual(["cancelled", "cancelled"]);
});

test("ten background steps run at once, and the next waits for one of them", async () => {
  const steps = Array.from(
    { length: 11 },
    (_, n) =>
      `      - { background: true, run: "ls here | wc -l; mkdir -p here; touch here/${n}; sleep 0.4; rm here/${n}" }`,
  );
  const seen = await runSteps(`      - run: mkdir here\n${steps.join("\n")}`);
  expect(seen.conclusion).toBe("success");
  const counts = seen.steps?.slice(1, 12).map(([, , log]) => Number(log)) ?? [];
  expect(Math.max(...counts)).toBeLessThanOrEqual(10);
});
