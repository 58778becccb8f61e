import { HOUR, MINUTE, SECOND } from "../../app/domain/clock.ts";
import type { GitHubServer } from "../../fake-github/server.ts";
import type { Decide, Fate } from "./mortal.ts";
import type { SimulatedTime } from "./time.ts";

/** The kinds of weather: what fails at GitHub, of the queues, of the store, of processes, and of the clock. */
export const STORMS = [
  "proxy-502",
  "cut",
  "secondary-limit",
  "abuse-limit",
  "tokens-refused",
  "tokens-taken-back",
  "webhooks-lost",
  "messages-lost",
  "messages-twice",
  "throttled",
  "answers-lost",
  "crashes",
  "clock-ahead",
  "clock-behind",
  "clock-minutes-off",
] as const;
type Storm = (typeof STORMS)[number];

/** The shortest and the longest time for which one kind of weather lasts. */
const [SHORTEST, LONGEST] = [1 * MINUTE, 4 * MINUTE];
/** Clocks jump by a day but for an hour, one way in a life: from one side to the other it would be two days. */
const DAY_OFF = 23 * HOUR;
/** In a storm of crashes one request of the store in so many ends its process; in any other weather, one in so many. */
const CRASHES = 150;
const SELDOM = 4000;

/** Makes the weather that a seed decides, spell after spell, until `end` makes it calm. */
export class Weather {
  readonly #random: () => number;
  readonly #time: () => SimulatedTime;
  readonly #side: 1 | -1;
  #kind: Storm | "calm" = "calm";
  #until = 0;
  #isOver = false;
  /** The number of spells of each kind. */
  readonly seen = new Map<string, number>();
  /** The beginning of each spell, and its kind. */
  readonly spells: string[] = [];

  constructor(random: () => number, time: () => SimulatedTime) {
    this.#random = random;
    this.#time = time;
    this.#side = random() < 0.5 ? 1 : -1;
  }

  /** Changes the weather where its spell is over. */
  change(github: GitHubServer): void {
    const time = this.#time();
    if (this.#isOver || time.passed < this.#until) return;
    this.#until = time.passed + SHORTEST + this.#random() * (LONGEST - SHORTEST);
    const storm = STORMS[Math.floor(this.#random() * STORMS.length)] as Storm;
    this.#clear(github);
    this.#kind = this.#random() < 0.3 ? "calm" : storm;
    this.seen.set(this.#kind, (this.seen.get(this.#kind) ?? 0) + 1);
    this.spells.push(`${new Date(time.now()).toISOString().slice(11, 19)} ${this.#kind}`);
    this.#begin(github);
  }

  /** Ends all weather: from now on everything works, and the clock is right. */
  end(github: GitHubServer): void {
    this.#isOver = true;
    this.#kind = "calm";
    this.#clear(github);
  }

  #clear(github: GitHubServer): void {
    github.faults.clear();
    github.world.settings.tokenSpreadMs = 0;
    this.#time().off = 0;
  }

  #begin({ faults, world }: GitHubServer): void {
    const api = { target: "api", count: -1 } as const;
    switch (this.#kind) {
      case "proxy-502":
        faults.add({ ...api, status: 502, drop: "after", probability: 0.2 });
        faults.add({ ...api, status: 502, probability: 0.2 });
        break;
      case "cut":
        faults.add({ ...api, drop: "after", probability: 0.2 });
        faults.add({ ...api, drop: "before", probability: 0.2 });
        break;
      case "secondary-limit":
        faults.add({ ...api, rate_limit: "secondary", probability: 0.3 });
        break;
      case "abuse-limit":
        faults.add({ ...api, rate_limit: "abuse", probability: 0.3 });
        break;
      case "tokens-refused":
        world.settings.tokenSpreadMs = 4 * SECOND;
        world.tokens.clear();
        break;
      case "tokens-taken-back":
        world.tokens.clear();
        break;
      case "webhooks-lost":
        faults.add({ target: "webhook", count: -1, drop: "before", probability: 0.5 });
        faults.add({ target: "webhook", count: -1, drop: "after", probability: 0.3 });
        break;
      case "clock-ahead":
      case "clock-behind":
        this.#time().off = this.#side * DAY_OFF;
        break;
      case "clock-minutes-off":
        this.#time().off = this.#side * this.#random() * 3 * MINUTE;
        break;
    }
  }

  /** Decides how a request of the store fares. */
  decide: Decide = (kind): Fate => {
    if (this.#isOver || kind === "github") return "done";
    const hit = this.#random();
    if (hit < 1 / (this.#kind === "crashes" ? CRASHES : SELDOM))
      return this.#random() < 0.5 ? "end-before" : "end-after";
    if (this.#kind === "messages-lost" && kind === "send" && hit < 0.4) return "messages-lost";
    if (this.#kind === "messages-twice" && kind === "send") return "messages-twice";
    if (this.#kind === "throttled" && hit < 0.1) return "throttled";
    if (this.#kind === "answers-lost" && kind === "write" && hit < 0.1) return "answer-lost";
    return "done";
  };
}
