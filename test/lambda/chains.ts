import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** Lambda stops a chain of calls at the next one: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html */
const MAX_ROUNDS = 16;

/** A queue message as it was sent: how often its chain went round, and when it may be received. */
interface Sent {
  rounds: number;
  /** Milliseconds since the epoch, of the clock that the functions have. */
  at: number;
}

interface SendRequest {
  DelaySeconds?: number;
  Entries?: { Id: string; DelaySeconds?: number }[];
}

interface SendAnswer {
  MessageId?: string;
  Successful?: { Id: string; MessageId: string }[];
}

const LINEAGE = createHash("sha256").update("zekt-test-worker").digest("hex").slice(0, 8);

/** The header by which a function's calls of AWS tell the chain they belong to. */
export const traceOf = (rounds: number): string =>
  `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=${LINEAGE}:${rounds}`;

const roundsIn = (headers: IncomingHttpHeaders): number =>
  Number(/Lineage=\w+:(\d+)/.exec(String(headers["x-amzn-trace-id"] ?? ""))?.[1] ?? 0);

/**
 * Follows messages from the function that sends them to the function that gets them, as Lambda does to find
 * loops. Lets the functions' clock jump to where a message may be received, so that nobody waits.
 */
export class Chains {
  /** The milliseconds by which the functions' clock is ahead of the machine's. */
  ahead = 0;
  /** False has chains stopped, as where `RecursiveLoop` is `Terminate`. */
  mayLoop: boolean;
  /** The rounds of the longest chain. */
  longest = 0;
  /** Messages that were dropped, since their chain was taken for a loop. */
  readonly dropped: string[] = [];
  /** True where delays pass at once. */
  readonly isVirtual: boolean;
  readonly #sent = new Map<string, Sent>();

  constructor(mayLoop: boolean, isVirtual: boolean) {
    this.mayLoop = mayLoop;
    this.isVirtual = isVirtual;
  }

  now(): number {
    return Date.now() + this.ahead;
  }

  /** Returns a request to send messages without the delays that the clock jumps over. */
  withoutDelays(body: Buffer): Buffer {
    if (!this.isVirtual) return body;
    const { DelaySeconds: _, Entries, ...rest } = JSON.parse(body.toString()) as SendRequest;
    const entries = Entries?.map(({ DelaySeconds: __, ...entry }) => entry);
    return Buffer.from(JSON.stringify({ ...rest, ...(entries ? { Entries: entries } : {}) }));
  }

  /** Records which messages a request sent. */
  record(headers: IncomingHttpHeaders, asked: Buffer, answered: Buffer): void {
    const { DelaySeconds = 0, Entries = [] } = JSON.parse(asked.toString()) as SendRequest;
    const { MessageId, Successful = [] } = JSON.parse(answered.toString()) as SendAnswer;
    const rounds = roundsIn(headers);
    const at = (seconds = 0): number => this.now() + (this.isVirtual ? seconds * 1000 : 0);
    if (MessageId) this.#sent.set(MessageId, { rounds, at: at(DelaySeconds) });
    for (const { Id, MessageId: id } of Successful)
      this.#sent.set(id, { rounds, at: at(Entries.find((one) => one.Id === Id)?.DelaySeconds) });
  }

  /** Returns whether Lambda drops a message instead of calling a function with it. */
  drops(messageId: string): boolean {
    const { rounds = 0 } = this.#sent.get(messageId) ?? {};
    if (this.mayLoop || rounds < MAX_ROUNDS) return false;
    this.dropped.push(messageId);
    return true;
  }

  /** Begins a call with messages: sets the clock to where the last of them may be received, and counts the round. */
  begin(messageIds: readonly string[]): string {
    const sent = messageIds.flatMap((id) => this.#sent.get(id) ?? []);
    const rounds = Math.max(0, ...sent.map((one) => one.rounds)) + 1;
    this.longest = Math.max(this.longest, rounds);
    const at = Math.max(0, ...sent.map((one) => one.at));
    if (at > this.now()) this.jump(at - this.now());
    return traceOf(rounds);
  }

  /** Hears of each jump, in milliseconds. */
  onJump: (ms: number) => void = () => {};

  /** Sets the clock ahead. */
  jump(ms: number): void {
    this.ahead += ms;
    this.onJump(ms);
  }
}
