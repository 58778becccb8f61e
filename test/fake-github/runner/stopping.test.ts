import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runWorkflow } from "../../../fake-github/runner/run-workflow.ts";
import { buildRequest, buildSteps, buildWorkflow } from "./build-request.ts";

test("a cancelled run stops what is running, skips what is not, and runs what asks for it", async () => {
  const controller = new AbortController();
  const { conclusion, jobs } = await runWorkflow(
    buildRequest(
      buildWorkflow(`
  job:
    runs-on: x
    steps:
      - run: |
          echo begun
          exec sleep 60
      - run: echo never
      - if: cancelled()
        run: echo "\${{ job.status }}"
  next:
    needs: job
    runs-on: x
    steps: [{ run: echo }]`),
      { signal: controller.signal, onLog: (line) => line === "begun" && controller.abort() },
    ),
  );
  expect(conclusion).toBe("cancelled");
  expect(jobs.map((job) => job.conclusion)).toEqual(["cancelled", "cancelled"]);
  expect(jobs[0]?.steps.map((step) => [step.conclusion, step.log])).toEqual([
    ["cancelled", "begun\n##[error]The operation was canceled."],
    ["skipped", ""],
    ["success", "cancelled"],
  ]);
});

test("a cancelled run tells a step's shell alone, and nothing that the shell has started", async () => {
  const controller = new AbortController();
  const script = `process.on("SIGINT", () => console.log("heard")); setTimeout(() => {}, 300); console.log("begun")`;
  const { jobs } = await runWorkflow(
    buildRequest(buildSteps(`      - run: |\n          node -e '${script}'`), {
      signal: controller.signal,
      onLog: (line) => line === "begun" && controller.abort(),
    }),
  );
  expect(jobs[0]?.steps.map((step) => [step.conclusion, step.log])).toEqual([
    ["cancelled", "begun\n##[error]The operation was canceled."],
  ]);
});

test("a step that asks to run always is not stopped by a cancel that comes while it runs", async () => {
  const controller = new AbortController();
  const { conclusion, jobs } = await runWorkflow(
    buildRequest(buildSteps(`      - { if: always(), run: "echo begun; sleep 0.1; echo done" }`), {
      signal: controller.signal,
      onLog: (line) => line === "begun" && controller.abort(),
    }),
  );
  expect(conclusion).toBe("cancelled");
  expect(jobs[0]?.steps[0]).toMatchObject({ conclusion: "success", log: "begun\ndone" });
});

test("a run that is cancelled before it starts runs nothing", async () => {
  const { conclusion, jobs } = await runWorkflow(
    buildRequest(buildSteps("      - run: echo"), { signal: AbortSignal.abort() }),
  );
  expect(conclusion).toBe("cancelled");
  expect(jobs[0]?.steps).toEqual([]);
});

test("a step whose time is up fails, and one that may fail lets the job go on", async () => {
  const { conclusion, jobs } = await runWorkflow(
    buildRequest(
      buildSteps(`
      - run: exec sleep 60
        id: slow
        timeout-minutes: 0.002
        continue-on-error: true
      - run: echo "\${{ steps.slow.outcome }} \${{ steps.slow.conclusion }}"`),
    ),
  );
  expect(conclusion).toBe("success");
  expect(jobs[0]?.steps[0]?.log).toContain("has timed out");
  expect(jobs[0]?.steps[1]?.log).toBe("failure success");
});

test("a job whose time is up is cancelled and says so", async () => {
  const { conclusion, jobs } = await runWorkflow(
    buildRequest(
      buildWorkflow(`
  job:
    runs-on: x
    timeout-minutes: 0.002
    steps: [{ run: exec sleep 60 }]`),
    ),
  );
  expect(conclusion).toBe("cancelled");
  expect(jobs[0]?.steps[0]?.log).toContain("exceeded the maximum execution time of 0.002 minutes");
});

test("what a step leaves running is ended with its job", async () => {
  const { jobs } = await runWorkflow(
    buildRequest(buildSteps(`      - run: |\n          sleep 60 > /dev/null 2>&1 &\n          echo $!`)),
  );
  const pid = Number(jobs[0]?.steps[0]?.log);
  expect(pid).toBeGreaterThan(0);
  await expect.poll(() => isRunning(pid)).toBe(false);
});

/** An ended process may stay listed as a zombie until the machine's init has taken note of it. */
const isRunning = (pid: number): boolean => {
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
  return stat !== "" && !stat.includes(") Z ");
};
