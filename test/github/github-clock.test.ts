import { expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../app/domain/clock.ts";
import { GitHubClock } from "../../app/github/github-clock.ts";

/** A machine's clock, GitHub's, and what hears of GitHub's date. */
function buildClocks() {
  const right = Date.parse("2026-11-27T12:00:00Z");
  const at = { off: 0, passed: 0, slept: 0, asked: 0, took: 100, isSilent: false };
  const machine = {
    now: () => right + at.passed + at.slept + at.off,
    monotonic: () => at.passed,
  };
  const heard: ((date: number, took: number) => void)[] = [];
  const github = () => right + at.passed + at.slept;
  const clock = new GitHubClock(machine);
  clock.follow({
    onDate: (hear) => void heard.push(hear),
    askDate: async () => {
      at.asked += 1;
      if (at.isSilent) return;
      for (const hear of heard) hear(github(), at.took);
    },
  });
  return { at, clock, github, machine };
}

test("a clock that nobody has compared with GitHub's is the machine's", () => {
  const { at, clock, machine } = buildClocks();
  at.off = DAY;
  expect(clock.now()).toBe(machine.now());
});

test.each([DAY, -DAY, 90 * SECOND, 10 * SECOND, -10 * SECOND])(
  "a machine's clock that is off by %i ms gives way to GitHub's",
  async (off) => {
    const { at, clock, github } = buildClocks();
    at.off = off;
    await clock.ask();
    expect(clock.now()).toBe(github());
    at.passed += HOUR;
    expect(clock.now()).toBe(github());
  },
);

test("a machine's clock that is some seconds off stays as it is", async () => {
  const { at, clock, machine } = buildClocks();
  at.off = 3 * SECOND;
  await clock.ask();
  expect(clock.now()).toBe(machine.now());
});

test.each([DAY, -DAY])(
  "a machine's clock that is set by %i ms while Zekt runs is not followed, not for a moment",
  async (off) => {
    const { at, clock, github } = buildClocks();
    await clock.ask();
    at.passed += 5 * SECOND;
    at.off = off;
    expect(clock.now()).toBe(github());
    at.off = 0;
    expect(clock.now()).toBe(github());
  },
);

test("a machine that slept is asked about at once, and its clock followed once GitHub has answered", async () => {
  const { at, clock, github } = buildClocks();
  await clock.ask();
  at.passed += 2 * MINUTE;
  at.slept += HOUR;
  expect(clock.now()).toBe(github() - HOUR);
  await Promise.resolve();
  expect(at.asked).toBe(2);
  expect(clock.now()).toBe(github());
});

test("GitHub that did not answer at the start is asked again each minute until it does", async () => {
  const { at, clock, github, machine } = buildClocks();
  at.isSilent = true;
  at.off = -DAY;
  await clock.ask();
  for (let second = 0; second < 180; second++) {
    at.passed += SECOND;
    expect(clock.now()).toBe(machine.now());
  }
  expect(at.asked).toBe(4);
  at.isSilent = false;
  at.passed += MINUTE;
  clock.now();
  await Promise.resolve();
  expect(clock.now()).toBe(github());
  expect(at.asked).toBe(5);
});

test("while the clocks disagree GitHub is asked once a minute, and not where it answers anyway", async () => {
  const { at, clock } = buildClocks();
  at.off = DAY;
  await clock.ask();
  for (let second = 0; second < 600; second++) {
    at.passed += SECOND;
    clock.now();
    await Promise.resolve();
  }
  expect(at.asked).toBe(11);
});

test("a slow answer counts where the machine's clock is off by more than it took, and else does not", async () => {
  const { at, clock, machine } = buildClocks();
  at.took = 8 * SECOND;
  at.off = 10 * SECOND;
  await clock.ask();
  expect(clock.now()).toBe(machine.now());
  const other = buildClocks();
  Object.assign(other.at, { took: 8 * SECOND, off: DAY });
  await other.clock.ask();
  expect(other.clock.now()).toBe(other.github());
});

test("after a slow answer that agrees, the machine's clock is not followed where it is set", async () => {
  const { at, clock, github } = buildClocks();
  at.took = 3 * SECOND;
  await clock.ask();
  at.off = DAY;
  expect(clock.now()).toBe(github());
});
