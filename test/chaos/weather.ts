import { systemClock } from "../../app/domain/clock.ts";
import type { AwsClients } from "../../app/store/clients.ts";

/** What goes wrong beneath Zekt at the moment. */
export type Weather = "calm" | (typeof STORMS)[number];

const STORMS = [
  "throttled",
  "answers-lost",
  "repeats",
  "delays",
  "deletions-lost",
  "clock-ahead",
  "clock-behind",
] as const;
/** How long one kind of weather lasts, in milliseconds. */
const SPELL = 400;
/** How far the clock jumps, in milliseconds. */
const JUMP = 90_000;

/** How much later a message is seen, at most, in seconds. */
const DELAY = 3;
/** How soon a message is received again though somebody still works on it, in seconds. */
const SHORT_VISIBILITY = 1;

const SENDS = new Set(["SendMessageBatchCommand", "SendMessageCommand"]);
const WRITES = new Set([
  "PutItemCommand",
  "PutCommand",
  "UpdateItemCommand",
  "UpdateCommand",
  "BatchWriteItemCommand",
  "BatchWriteCommand",
  "PutObjectCommand",
  ...SENDS,
]);

interface Entry {
  Id?: string;
  DelaySeconds?: number;
}

interface Asked {
  input: { Entries?: Entry[] };
}

interface Stack {
  add(
    middleware: (
      next: (args: Asked) => Promise<unknown>,
      context: { commandName?: string },
    ) => (args: Asked) => Promise<unknown>,
    options: object,
  ): void;
}

/** Makes the weather that a seed decides, over the store's clients, its disk and the clock, until a moment. */
export class Sky {
  readonly #random: () => number;
  readonly #until: number;
  #weather: Weather = "calm";
  #since = 0;
  #clockOffset: number;

  constructor(random: () => number, until: number, clockOffset: number) {
    this.#random = random;
    this.#until = until;
    this.#clockOffset = clockOffset;
    systemClock.now = () => Date.now() + this.#clockOffset;
  }

  #now(): Weather {
    const now = Date.now();
    if (now >= this.#until) return "calm";
    if (now - this.#since < SPELL) return this.#weather;
    this.#since = now;
    this.#weather =
      this.#random() < 0.4 ? "calm" : (STORMS[Math.floor(this.#random() * STORMS.length)] ?? "calm");
    if (this.#weather === "clock-ahead") this.#clockOffset += Math.floor(this.#random() * JUMP);
    if (this.#weather === "clock-behind") this.#clockOffset -= Math.floor(this.#random() * JUMP);
    return this.#weather;
  }

  /** Has what is asked of DynamoDB, S3 and SQS go wrong as they do. */
  over(clients: AwsClients): void {
    for (const client of Object.values(clients)) {
      (client.middlewareStack as unknown as Stack).add(
        (next, { commandName = "" }) =>
          async (args) => {
            const weather = this.#now();
            const hit = this.#random();
            if (weather === "throttled" && hit < 0.3) throw named("ThrottlingException", "Rate exceeded");
            if (weather === "repeats" && SENDS.has(commandName) && hit < 0.5) await next(args);
            if (weather === "delays" && SENDS.has(commandName)) return await next(late(args, hit * DELAY));
            if (weather === "deletions-lost") {
              if (commandName === "ReceiveMessageCommand") return await next(soonAgain(args));
              if (commandName === "DeleteMessageBatchCommand" && hit < 0.6) return deletedNothing(args);
            }
            const answer = await next(args);
            // It was done, and nobody hears of it.
            if (weather === "answers-lost" && WRITES.has(commandName) && hit < 0.3)
              throw named("InternalServerError", "The answer was lost");
            return answer;
          },
        // Outside of the SDK's own retries: what reaches Zekt is what these did not mend.
        { step: "initialize", name: "weather", priority: "high" },
      );
    }
  }
}

/** The messages sent as they are, and seen no sooner than so many seconds from now. */
function late({ input, ...args }: Asked, seconds: number): Asked {
  const least = Math.ceil(seconds);
  const Entries = input.Entries?.map((entry) => ({
    ...entry,
    DelaySeconds: Math.max(entry.DelaySeconds ?? 0, least),
  }));
  return { ...args, input: Entries ? { ...input, Entries } : { ...input, DelaySeconds: least } } as Asked;
}

/** What is received is to be had again while it is still worked on, as if that took too long. */
const soonAgain = ({ input, ...args }: Asked): Asked =>
  ({ ...args, input: { ...input, VisibilityTimeout: SHORT_VISIBILITY } }) as Asked;

/** SQS says that it took the messages away, and did not. */
const deletedNothing = ({ input }: Asked) => ({
  output: { Successful: input.Entries?.map(({ Id }) => ({ Id })), Failed: [], $metadata: {} },
  response: {},
});

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
