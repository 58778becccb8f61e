import { IncomingMessage } from "node:http";
import { getHeapStatistics } from "node:v8";
import { problem } from "../http/kit/problem.ts";

/**
 * The bytes that bodies of requests may take together: a sixteenth of what V8's heap may. What is made of a message
 * while it is checked, masked and stored takes five to ten times its bytes.
 */
const ROOM = Math.floor(getHeapStatistics().heap_size_limit / 16);

/** Bytes up to which a body is small: it may take a quarter of the room beyond all of it. GitHub's have some 30 kB. */
const SMALL = 256 * 1024;

/** The wait that a request is asked for that found no room, in seconds. */
const RETRY_AFTER = 5;

interface Held {
  bytes: number;
  refuse(): void;
}

/**
 * Bounds the memory that the bodies of all requests take together. The bytes of each are counted as they come, until
 * it is answered. Where they are too many, the largest that is still coming is refused. So nobody who sends many large
 * ones, or sends them slowly, keeps out those who send small ones, as GitHub does.
 */
export class BodyRoom {
  readonly #room: number;
  readonly #held = new Map<IncomingMessage, Held>();
  #sum = 0;
  /** Hears of a request that was refused, with the bytes that it had sent. */
  onRefused: (bytes: number) => void = () => {};

  /** Bodies may take so many bytes together. */
  constructor(room = ROOM) {
    this.#room = room;
  }

  /** Makes the class of a server's requests, whose bodies are counted here. */
  requests(): typeof IncomingMessage {
    const count = (request: IncomingMessage, bytes: number): void => this.#count(request, bytes);
    return class extends IncomingMessage {
      override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
        if (chunk !== null) count(this, chunk.length);
        return super.push(chunk, encoding);
      }
    };
  }

  /** Answers a request, whose body counts until then; with 503 where it has to make room for others. */
  async within(request: IncomingMessage, answer: () => Response | Promise<Response>): Promise<Response> {
    const { promise: refused, resolve } = Promise.withResolvers<Response>();
    this.#held.set(request, { bytes: 0, refuse: () => resolve(noRoom()) });
    try {
      return await Promise.race([answer(), refused]);
    } finally {
      this.#forget(request);
    }
  }

  #count(request: IncomingMessage, bytes: number): void {
    const held = this.#held.get(request);
    if (!held) return;
    held.bytes += bytes;
    this.#sum += bytes;
    const room = held.bytes > SMALL ? this.#room : this.#room * 1.25;
    while (this.#sum > room && this.#refuseLargest());
  }

  /** Returns whether there was one to refuse. */
  #refuseLargest(): boolean {
    // One that is complete is worked on already, and takes its memory whatever it is answered.
    const coming = [...this.#held].filter(([request]) => !request.complete);
    const [largest] = coming.sort(([, one], [, other]) => other.bytes - one.bytes);
    if (!largest) return false;
    const [request, { bytes, refuse }] = largest;
    this.#forget(request);
    this.onRefused(bytes);
    refuse();
    return true;
  }

  #forget(request: IncomingMessage): void {
    this.#sum -= this.#held.get(request)?.bytes ?? 0;
    this.#held.delete(request);
  }
}

/** The rest of the body is not read, so that nothing else can come over the same connection. */
const noRoom = (): Response =>
  problem(503, "Too many large requests are under way. Try again in a moment.", {
    headers: { connection: "close", "retry-after": String(RETRY_AFTER) },
  });
