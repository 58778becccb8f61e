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

interface Command {
  input: { Entries?: Entry[] };
}

interface Client {
  send(command: Command, options?: object): Promise<unknown>;
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
    for (const client of Object.values(clients) as Client[]) {
      const send = client.send.bind(client);
      // Outside of the SDK's own retries: what reaches Zekt is what these did not mend.
      client.send = async (command, options) => {
        const weather = this.#now();
        const hit = this.#random();
        const { name } = command.constructor;
        if (weather === "throttled" && hit < 0.3) throw named("ThrottlingException", "Rate exceeded");
        if (weather === "repeats" && SENDS.has(name) && hit < 0.5) await send(command, options);
        if (weather === "delays" && SENDS.has(name)) return await send(late(command, hit * DELAY), options);
        if (weather === "deletions-lost") {
          if (name === "ReceiveMessageCommand") return await send(soonAgain(command), options);
          if (name === "DeleteMessageBatchCommand" && hit < 0.6) return deletedNothing(command);
        }
        const answer = await send(command, options);
        // It was done, and nobody hears of it.
        if (weather === "answers-lost" && WRITES.has(name) && hit < 0.3)
          throw named("InternalServerError", "The answer was lost");
        return answer;
      };
    }
  }
}

/** The messages sent as they are, and seen no sooner than so many seconds from now. */
function late(command: Command, seconds: number): Command {
  const least = Math.ceil(seconds);
  const Entries = command.input.Entries?.map((entry) => ({
    ...entry,
    DelaySeconds: Math.max(entry.DelaySeconds ?? 0, least),
  }));
  return withInput(command, Entries ? { Entries } : { DelaySeconds: least });
}

/** What is received is to be had again while it is still worked on, as if that took too long. */
const soonAgain = (command: Command): Command => withInput(command, { VisibilityTimeout: SHORT_VISIBILITY });

const withInput = (command: Command, input: object): Command =>
  Object.assign(Object.create(Object.getPrototypeOf(command)) as Command, command, {
    input: { ...command.input, ...input },
  });

/** SQS says that it took the messages away, and did not. */
const deletedNothing = ({ input }: Command) => ({
  Successful: input.Entries?.map(({ Id }) => ({ Id })),
  Failed: [],
});

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
