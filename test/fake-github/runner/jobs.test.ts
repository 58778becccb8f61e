import { expect, test } from "vitest";
import { runWorkflow } from "../../../fake-github/runner/run-workflow.ts";
import type { JobResult } from "../../../fake-github/runner/types.ts";
import { buildRequest, buildWorkflow } from "./build-request.ts";

const conclusions = (jobs: JobResult[]): Record<string, string> =>
  Object.fromEntries(jobs.map(({ id, conclusion }) => [id, conclusion]));

test("after a failed job those that need it are skipped, unless their if asks for them", async () => {
  const { conclusion, jobs } = await runWorkflow(
    buildRequest(
      buildWorkflow(`
  bad:
    runs-on: x
    steps: [{ run: exit 1 }]
  after:
    needs: bad
    runs-on: x
    steps: [{ run: echo }]
  long-after:
    needs: after
    if: failure()
    runs-on: x
    steps: [{ run: 'echo "\${{ needs.after.result }}"' }]
  always:
    needs: [bad, after]
    if: always()
    runs-on: x
    steps: [{ run: 'echo "\${{ needs.bad.result }}"' }]
  next:
    needs: always
    runs-on: x
    steps: [{ run: echo }]`),
    ),
  );
  expect(conclusion).toBe("failure");
  expect(conclusions(jobs)).toEqual({
    bad: "failure",
    after: "skipped",
    "long-after": "success",
    always: "success",
    next: "skipped",
  });
  expect(jobs[2]?.steps[0]?.log).toBe("skipped");
  expect(jobs[3]?.steps[0]?.log).toBe("failure");
});

test("a step's property named like a status function does not stand for one", async () => {
  const { jobs } = await runWorkflow(
    buildRequest(
      buildWorkflow(`
  job:
    runs-on: x
    steps:
      - id: one
        run: |
          echo "failure=yes" >> "$GITHUB_OUTPUT"
          exit 1
      - if: steps.one.outputs.failure == 'yes'
        run: echo`),
    ),
  );
  expect(jobs[0]?.steps.map(({ conclusion }) => conclusion)).toEqual(["failure", "skipped"]);
});

test("a failure that a job forgives neither fails the run nor holds back the next job", async () => {
  const { conclusion, jobs } = await runWorkflow(
    buildRequest(
      buildWorkflow(`
  bad:
    runs-on: x
    continue-on-error: true
    steps: [{ run: exit 1 }]
  next:
    needs: bad
    runs-on: x
    steps: [{ run: 'echo "\${{ needs.bad.result }}"' }]`),
    ),
  );
  expect(conclusion).toBe("success");
  expect(conclusions(jobs)).toEqual({ bad: "failure", next: "success" });
  expect(jobs[1]?.steps[0]?.log).toBe("success");
});

test("a matrix runs a job for each combination, without what it excludes and with what it includes", async () => {
  const { jobs } = await runWorkflow(
    buildRequest(
      buildWorkflow(`
  build:
    runs-on: x
    strategy:
      matrix:
        os: [linux, mac]
        node: [20, 24]
        exclude: [{ os: mac, node: 20 }]
        include: [{ os: linux, extra: more }, { os: windows, node: 24 }]
    outputs:
      last: \${{ steps.say.outputs.last }}
    steps:
      - id: say
        run: echo "last=\${{ matrix.os }}" >> "$GITHUB_OUTPUT"; echo "\${{ matrix.os }} \${{ matrix.node }} \${{ matrix.extra }}"
  after:
    needs: build
    runs-on: x
    steps: [{ run: 'echo "\${{ needs.build.outputs.last }}"' }]`),
    ),
  );
  expect(jobs.map(({ name, steps }) => [name, steps[0]?.log])).toEqual([
    ["build (linux, 20, more)", "linux 20 more"],
    ["build (linux, 24, more)", "linux 24 more"],
    ["build (mac, 24)", "mac 24 "],
    ["build (windows, 24)", "windows 24 "],
    ["after", "windows"],
  ]);
});

test("the first failed combination of a matrix cancels its siblings", async () => {
  const { conclusion, jobs } = await runWorkflow(
    buildRequest(
      buildWorkflow(`
  build:
    runs-on: x
    strategy:
      matrix:
        command: [exec sleep 60, 'false']
    steps: [{ run: "\${{ matrix.command }}" }]`),
    ),
  );
  expect(conclusion).toBe("failure");
  expect(conclusions(jobs)).toEqual({ "build (exec sleep 60)": "cancelled", "build (false)": "failure" });
});

test("re-running failed jobs runs them and those that need them, and keeps the others' results", async () => {
  const text = buildWorkflow(`
  good:
    runs-on: x
    outputs: { attempt: "\${{ steps.say.outputs.attempt }}" }
    steps: [{ id: say, run: 'echo "attempt=$GITHUB_RUN_ATTEMPT" >> "$GITHUB_OUTPUT"' }]
  bad:
    needs: good
    runs-on: x
    steps: [{ run: 'echo "\${{ needs.good.outputs.attempt }}"; test "$GITHUB_RUN_ATTEMPT" = 2' }]
  report:
    needs: bad
    if: always()
    runs-on: x
    steps: [{ run: 'echo "$GITHUB_RUN_ATTEMPT"' }]`);
  const first = await runWorkflow(buildRequest(text));
  const request = buildRequest(text);
  const second = await runWorkflow({
    ...request,
    github: { ...request.github, runAttempt: 2 },
    jobs: ["bad"],
    previous: Object.fromEntries(first.jobs.map((job) => [job.id, job])),
  });
  expect([first.conclusion, second.conclusion]).toEqual(["failure", "success"]);
  expect(second.jobs[0]).toBe(first.jobs[0]);
  expect(second.jobs[1]?.steps[0]?.log).toBe("1");
  expect(second.jobs[2]?.steps[0]?.log).toBe("2");
});

test("an output that holds a secret does not leave its job", async () => {
  const { jobs } = await runWorkflow(
    buildRequest(
      buildWorkflow(`
  job:
    runs-on: x
    outputs:
      open: \${{ steps.say.outputs.open }}
      closed: \${{ steps.say.outputs.closed }}
    steps:
      - id: say
        run: printf 'open=sesame\\nclosed=a s3cret\\n' >> "$GITHUB_OUTPUT"`),
      { secrets: { TOKEN: "s3cret" } },
    ),
  );
  expect(jobs[0]?.outputs).toEqual({ open: "sesame" });
});

test("a job's outputs are at most 1 MiB of UTF-16: of a message of 512 KB, and its name, they are more", async () => {
  const jobWith = (length: number) =>
    runWorkflow(
      buildRequest(
        buildWorkflow(`
  job:
    runs-on: x
    outputs: { it: "\${{ steps.say.outputs.it }}" }
    steps:
      - id: say
        run: printf 'it=%${length}s\\n' x >> "$GITHUB_OUTPUT"`),
      ),
    );
  const fits = await jobWith(512 * 1024 - 2);
  expect(fits).toMatchObject({ conclusion: "success" });
  expect(fits.jobs[0]?.outputs.it).toHaveLength(512 * 1024 - 2);
  const { conclusion, jobs } = await jobWith(512 * 1024);
  expect(conclusion).toBe("failure");
  expect(jobs[0]).toMatchObject({ conclusion: "failure", outputs: {} });
  expect(jobs[0]?.steps.at(-1)?.log).toContain("Fail to evaluate job outputs");
});

test("a job that cannot be set up fails and says why", async () => {
  const { conclusion, jobs } = await runWorkflow(
    buildRequest(
      buildWorkflow(`
  job:
    runs-on: x
    env:
      BROKEN: \${{ fromJSON('{') }}
    steps: [{ run: echo }]`),
    ),
  );
  expect(conclusion).toBe("failure");
  expect(jobs[0]?.steps[0]).toMatchObject({ name: "Set up job", log: expect.stringContaining("JSON") });
});
