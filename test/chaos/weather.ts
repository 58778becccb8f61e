import { systemClock } from "../../app/domain/clock.ts";
import type { AwsClients } from "../../app/store/clients.ts";

/** What goes wrong beneath Zekt at the moment. */
export type Weather = "calm" | "throttled" | "answers-lost" | "repeats" | "clock-ahead" | "clock-behind";

const STORMS: readonly Weather[] = ["throttled", "answers-lost", "repeats", "clock-ahead", "clock-behind"];
/** How long one kind of weather lasts, in milliseconds. */
const SPELL = 400;
/** How far the clock jumps, in milliseconds. */
const JUMP = 90_000;

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

interface Client {
  send(command: object, options?: object): Promise<unknown>;
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
      this.#random() < 0.4 ? "calm" : (STORMS[Math.floor(this.#random() * STORMS.length)] as Weather);
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
        const answer = await send(command, options);
        // It was done, and nobody hears of it.
        if (weather === "answers-lost" && WRITES.has(name) && hit < 0.3)
          throw named("InternalServerError", "The answer was lost");
        return answer;
      };
    }
  }
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
