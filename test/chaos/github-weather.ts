import type { Faults } from "../../fake-github/faults.ts";
import { DEPLOY } from "../../harness/world.ts";
import type { ZektProcess } from "../../harness/zekt-process.ts";
import type { Happened } from "./happened.ts";
import { FOLLOWED } from "./judge.ts";

/** GitHub's own bad weather, one kind at a time. */
export const TROUBLES = [
  "tokens-refused",
  "tokens-taken-back",
  "proxy-pages",
  "actions-policy",
  "workflow-disabled",
  "completed-early",
] as const;
type Trouble = (typeof TROUBLES)[number];

/** The time for which one kind lasts, in milliseconds. */
const SPELL = 500;
/** The number of a proxy's answers in a spell, and how often each of them comes at most. */
const ANSWERS = 4;
const TIMES = 3;
/** The path that a proxy sends everybody to. */
const SIGN_IN = "/proxy/sign-in";

const HTML = { headers: { "content-type": "text/html", server: "squid" }, body: "<title>Proxy</title>" };
/** Answers of a proxy, or of a gateway before GitHub, which may stand in the place of any answer. */
const PROXY_ANSWERS: readonly Parameters<Faults["add"]>[0][] = [
  { status: 200, ...HTML },
  { status: 302, headers: { location: SIGN_IN } },
  { status: 401, ...HTML },
  { status: 403, ...HTML },
  { status: 404, ...HTML },
  { status: 407, ...HTML, headers: { ...HTML.headers, "proxy-authenticate": "Basic" } },
  { status: 502, ...HTML },
  { status: 502, ...HTML, drop: "after" },
  { status: 503, ...HTML },
  { status: 504, ...HTML, drop: "after" },
];

/** Makes GitHub unkind, spell after spell, as a seed decides: every kind comes once before one comes again. */
export class GitHubWeather {
  readonly #deps: ZektProcess;
  readonly #happened: Happened;
  readonly #random: () => number;
  #deck: (Trouble | "calm")[] = [];
  #until = 0;
  /** The faults of this spell, by their ids. */
  readonly #faults: number[] = [];
  /** The number of spells of each kind. */
  readonly seen = new Map<Trouble | "calm", number>();

  constructor(deps: ZektProcess, happened: Happened, random: () => number) {
    this.#deps = deps;
    this.#happened = happened;
    this.#random = random;
  }

  /** Changes the weather where its spell is over. */
  change(): void {
    if (Date.now() < this.#until) return;
    this.#until = Date.now() + SPELL;
    if (this.#deck.length === 0) this.#deck = this.#shuffled();
    const kind = this.#deck.pop() as Trouble | "calm";
    this.seen.set(kind, (this.seen.get(kind) ?? 0) + 1);
    this.clear();
    this.#begin(kind);
  }

  /** Makes GitHub kind again. */
  clear(): void {
    const { faults, world, control } = this.#deps.github;
    for (const id of this.#faults.splice(0)) faults.clear(id);
    world.settings.tokenSpreadMs = 0;
    world.settings.earlyCompleted = false;
    control.setActionsPolicy(FOLLOWED, null);
    control.setWorkflowState(FOLLOWED, DEPLOY, null);
  }

  #shuffled(): (Trouble | "calm")[] {
    const deck: (Trouble | "calm")[] = [...TROUBLES, "calm", "calm"];
    for (let last = deck.length - 1; last > 0; last--) {
      const other = Math.floor(this.#random() * (last + 1));
      [deck[last], deck[other]] = [deck[other] as Trouble, deck[last] as Trouble];
    }
    return deck;
  }

  #begin(kind: Trouble | "calm"): void {
    const { world, control } = this.#deps.github;
    switch (kind) {
      case "tokens-refused":
        world.settings.tokenSpreadMs = 200 + this.#random() * 1500;
        world.settings.tokenSpreadStatus = this.#random() < 0.5 ? 401 : 403;
        this.#takeTokensBack();
        break;
      case "tokens-taken-back":
        this.#takeTokensBack();
        break;
      case "proxy-pages":
        this.#fail({ route: SIGN_IN, count: -1, status: 200, ...HTML });
        for (let n = 0; n < ANSWERS; n++)
          this.#fail({ count: Math.ceil(this.#random() * TIMES), ...this.#oneOf(PROXY_ANSWERS) });
        break;
      case "actions-policy":
        control.setActionsPolicy(FOLLOWED, { actors: ["vandelay-dev"], events: null });
        break;
      case "workflow-disabled":
        control.setWorkflowState(FOLLOWED, DEPLOY, "disabled_manually");
        break;
      case "completed-early":
        world.settings.earlyCompleted = true;
        break;
    }
  }

  #fail(fault: Parameters<Faults["add"]>[0]): void {
    this.#faults.push(this.#deps.github.faults.add(fault).id);
  }

  #oneOf<T>(all: readonly T[]): T {
    return all[Math.floor(this.#random() * all.length)] as T;
  }

  #takeTokensBack(): void {
    const { world, control } = this.#deps.github;
    this.rememberTokens();
    for (const id of world.installations.keys()) control.revokeTokens(id);
  }

  /** Remembers the tokens that GitHub has issued, which no log line may hold. */
  rememberTokens(): void {
    for (const token of this.#deps.github.world.tokens.keys())
      this.#happened.secrets.set(token, "a token of GitHub's");
  }
}
