import type { ApiDeps } from "../../app/deps.ts";
import { MINUTE, SECOND } from "../../app/domain/clock.ts";
import type { DurableSettings } from "../../app/domain/records/subscription.ts";
import { runEveryMinute } from "../../app/steps/jobs/run-every-minute.ts";
import { ConsumerRuns, type RunHabits } from "./consumer-runs.ts";
import type { Fate, RequestKind } from "./mortal.ts";
import { type Picture, pictureOf, Recorder } from "./picture.ts";
import { type ConsumerKind, type Platform, type SimulatedWorld, startSimulation } from "./world.ts";

/*
 * Lives a flow without trouble, and then again for whatever Zekt writes, enqueues or asks GitHub for in it: there its
 * process ends, or the answer is an error. Another process goes on. What is left behind has to be the same.
 */

/** The ways in which an effect may fare badly. */
export const FATES = ["end-before", "end-after", "throttled", "answer-lost"] as const satisfies Fate[];
/** Those in which a request to AWS may fare badly beside them. */
const ONCE = ["throttled-once", "repeated"] as const satisfies Fate[];
const TO_MESSAGES = ["messages-twice", "messages-late"] as const satisfies Fate[];
export const AWS_FATES = [...FATES, ...ONCE, "some-left", "end-midway", ...TO_MESSAGES] as const;

/** Something that goes through Zekt, from its beginning to its end. */
export interface Flow {
  name: string;
  consumers: readonly ConsumerKind[];
  durable?: Partial<DurableSettings>;
  habits?: Partial<RunHabits>;
  /** True where no run comes of a dispatch. */
  isDeaf?: boolean;
  /** Permissions of the App beside those that it needs. */
  permissions?: Record<string, string>;
  /** True where a process that ends rightly leaves something else behind, which a person has to judge. */
  mayDiffer?: true;
  /** Readies the world, without trouble. */
  prepare?: (stage: Stage) => Promise<void>;
  /** Does what people, providers and GitHub do. */
  play: (stage: Stage) => Promise<void>;
}

/** The world of a flow, and those who act in it. */
export interface Stage {
  world: SimulatedWorld;
  runs: ConsumerRuns;
  /** Calls Zekt as a client does: again until it is answered. */
  call<T>(step: (deps: ApiDeps) => Promise<T>): Promise<T>;
  /** Lives through some minutes. */
  pass(minutes: number): Promise<void>;
}

/** Something that Zekt asks for in a flow. */
export interface Effect {
  kind: RequestKind;
  name: string;
}

/** Returns the ways in which a request of a kind may fare badly; none where it changes nothing. */
function fatesOfKind(kind: RequestKind, on: Platform): readonly Fate[] {
  switch (kind) {
    case "read":
      return [];
    case "github":
      return FATES;
    case "batch-read":
      return ["throttled", "some-left"];
    case "write":
      return on === "aws" ? [...FATES, ...ONCE] : FATES;
    case "send":
      return on === "aws" ? [...FATES, ...ONCE, ...TO_MESSAGES] : FATES;
    case "batch-write":
      return [...FATES, ...ONCE, "some-left", "end-midway"];
    case "batch-send":
      return AWS_FATES;
  }
}

/** Returns the ways in which an effect of a flow may fare badly, and all becomes true all the same. */
export function fatesOf({ kind, name }: Effect, { consumers }: Flow, on: Platform): readonly Fate[] {
  // A default delivery that does not reach GitHub fails: nobody asked for a second attempt.
  const endsThere = consumers.includes("default") && /^github POST .*\/dispatches$/.test(name);
  return fatesOfKind(kind, on).filter((fate) => !(endsThere && fate === "throttled"));
}

/** The effect that fares badly, by its number from 1. */
export interface Trouble {
  at: number;
  fate: Fate;
}

/** The end of a flow. */
export interface Lived {
  picture: Picture;
  /** Its effects, in their order. */
  effects: Effect[];
}

const DURABLE = { confirmWithin: 600, completeWithin: 3600, maxAttempts: 4, retryOnFailure: false };
const HABITS = { late: 2 * SECOND, queued: 5 * SECOND, takes: 30 * SECOND, failing: 0 };
const STEP = 5 * SECOND;
/** Calls of a client at most, and the time between two. */
const CALLS = 10;
const BETWEEN = 3 * SECOND;
/** The time until all has come to its end, and the hours are folded: so many sweeps, with so much time before each. */
const REST = [
  [10, MINUTE],
  [8, 2 * MINUTE],
  [4, 20 * MINUTE],
  [2, 180 * MINUTE],
  [2, 2 * MINUTE],
] as const;

/** Lives a flow, of which one effect may fare badly. */
export async function live(flow: Flow, trouble: Trouble | null, on: Platform = "machine"): Promise<Lived> {
  const effects: Effect[] = [];
  let isPlaying = false;
  const recorder = new Recorder();
  const world = await startSimulation({
    consumers: flow.consumers,
    durable: { ...DURABLE, ...flow.durable },
    workers: 1,
    permissions: flow.permissions ?? {},
    // As on AWS: what one machine stores in one go is stored one after the other.
    around: (storage) => ({ ...recorder.around(storage), writesTogether: false }),
    on,
    decide: (kind, name) => {
      if (!isPlaying || fatesOfKind(kind, on).length === 0) return "done";
      effects.push({ kind, name });
      return effects.length === trouble?.at ? trouble.fate : "done";
    },
  });
  const { time } = world;
  const runs = new ConsumerRuns(world, () => 0.5, { ...HABITS, ...flow.habits });
  let sweptAt = 0;
  const step = async (): Promise<void> => {
    if (!flow.isDeaf) await runs.advance();
    await world.work();
    if (time.passed < sweptAt + MINUTE) return;
    sweptAt = time.passed;
    const { deps } = await world.worker(0);
    await runEveryMinute(deps).catch(() => {});
    await world.work();
  };
  const stage: Stage = {
    world,
    runs,
    async call(go) {
      for (let calls = 1; ; calls++) {
        try {
          return await go((await world.intake()).deps);
        } catch (error) {
          if (calls >= CALLS) throw error;
          await time.wait(BETWEEN);
        }
      }
    },
    async pass(minutes) {
      for (const end = time.passed + minutes * MINUTE; time.passed < end; time.pass(STEP)) await step();
    },
  };
  try {
    await flow.prepare?.(stage);
    isPlaying = true;
    await flow.play(stage);
    isPlaying = false;
    for (const [sweeps, pace] of REST) {
      for (let sweep = 0; sweep < sweeps; sweep++) {
        time.pass(pace);
        await step();
      }
    }
    return { picture: await pictureOf(world, runs, recorder), effects };
  } finally {
    await world.close();
  }
}

/** Returns what a life left behind otherwise than one without trouble, and what must never be; nothing where it held. */
export function differences(calm: Picture, other: Picture): string[] {
  const rest = [...other.lines];
  const missing = calm.lines.filter((line) => {
    const at = rest.indexOf(line);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return [
    ...missing.map((line) => `missing: ${line}`),
    ...rest.map((line) => `more: ${line}`),
    ...other.faults.map((fault) => `fault: ${fault}`),
  ];
}

/** The lives that ended otherwise, and how. */
export interface Ends {
  flow: string;
  effects: number;
  lives: number;
  otherwise: { lives: string[]; differences: string[] }[];
}

/** Lives a flow once for each of its effects and each of these fates that it may have. */
export async function everyEnd(
  flow: Flow,
  fates: readonly Fate[] = AWS_FATES,
  on: Platform = "machine",
): Promise<Ends> {
  const calm = await live(flow, null, on);
  const otherwise = new Map<string, string[]>();
  let lives = 0;
  for (const [index, effect] of calm.effects.entries()) {
    const at = index + 1;
    for (const fate of fatesOf(effect, flow, on).filter((one) => fates.includes(one))) {
      lives += 1;
      const { picture, effects } = await live(flow, { at, fate }, on);
      const found = differences(calm.picture, picture);
      const name = `${at} ${fate} ${effects[index]?.name}`;
      const key = JSON.stringify(found);
      if (found.length > 0) otherwise.set(key, [...(otherwise.get(key) ?? []), name]);
    }
  }
  return {
    flow: flow.name,
    effects: calm.effects.length,
    lives,
    otherwise: [...otherwise].map(([key, names]) => ({ lives: names, differences: JSON.parse(key) })),
  };
}
