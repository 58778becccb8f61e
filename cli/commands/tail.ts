import { Command, InvalidArgumentError } from "commander";
import type { ChangeStream } from "../api/change-stream.ts";
import { type Client, clientOf, type ServerOptions, withServer } from "../api/client.ts";
import { findRepository } from "../api/find-repository.ts";
import { type Side, sideOf, sideOption } from "../api/side.ts";
import type { Delivery, Page } from "../api/types.ts";
import { CommandError, EXIT } from "../exit.ts";
import type { Io } from "../io.ts";
import { deliveryRow } from "../output/delivery-table.ts";
import { visible } from "../output/visible.ts";

const EXAMPLES = `
It follows Zekt's stream of changes; where there is none, as on AWS, it asks
every 2 seconds. It goes on until Ctrl+C, which is exit code 0. While Zekt
cannot be reached it tries again. A delivery is printed again each time that its
status changes, while it is among the newest 1,000.

Examples:
  zekt tail initech/deploy
  zekt tail acme/releases --side provider --event-type release-published
  zekt tail initech/deploy --json | jq -r 'select(.status == "Failed").deliveryId'
`;

interface Options extends ServerOptions {
  side?: Side;
  eventType?: string;
  every?: number;
  last: number;
  json?: true;
}

/** The deliveries that one request returns, at most. */
const PAGE = 100;
/** The pages that are read at once, at most: of an event with many consumers, or where a delivery far back has not ended. */
const MOST_PAGES = 10;
/** The deliveries whose status is remembered. */
const REMEMBERED = 2 * MOST_PAGES * PAGE;
/** Seconds between two questions where there is no stream. */
const EVERY = 2;
/** Milliseconds without a change after which it asks nevertheless. */
const LONGEST_QUIET = 60_000;
/** Milliseconds in which several changes are read together. */
const TOGETHER = 200;
/** The longest wait before a Zekt that cannot be reached is tried again, in seconds. */
const LONGEST_WAIT = 60;

/** Follows the deliveries of a repository. */
export const tailCommand = (io: Io): Command =>
  withServer(
    new Command("tail")
      .summary("follow the deliveries of a repository")
      .description("Prints the deliveries of a repository as they come, and each change of their status.")
      .argument("<repository>", "owner/name, or GitHub's id"),
  )
    .addOption(sideOption())
    .option("--event-type <type>", "only of this event type")
    .option("--every <seconds>", "ask so often, and follow no stream", wholeNumber(1, 3600))
    .option("--last <number>", "how many of those before to begin with", wholeNumber(0, PAGE), 10)
    .option("--json", "print the API's JSON, one delivery a line")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, options: Options) => {
      const client = await clientOf(io, options);
      const repository = await findRepository(client, name);
      const { repositoryId } = repository;
      const { side = sideOf(repository), eventType } = options;
      const follow = following(
        io,
        client,
        { repository: repositoryId, side, eventType, limit: PAGE },
        options,
      );
      if (!options.json) io.err(`Deliveries of ${visible(name)} as ${side}; Ctrl+C ends it.\n`);
      const { every = EVERY } = options;
      const open = async () => await client.changes().catch(endedStream);
      let stream = options.every === undefined ? await open() : null;
      const isStreamed = stream !== null;
      try {
        for (let seconds = every; ; ) {
          const isReached = await follow();
          seconds = isReached ? every : Math.min(LONGEST_WAIT, seconds * 2);
          const state = stream && isReached ? await untilChange(io, stream, repositoryId) : "none";
          if (state === "interrupted") return;
          // A proxy may end each stream as it begins.
          if ((state === "none" || state === "ended") && !(await io.wait(seconds * 1000))) return;
          // Before the deliveries are read, so that none changes unheard in between.
          if (isStreamed && isReached && state !== "changed") stream = await open();
        }
      } finally {
        stream?.close();
      }
    });

/** Waits until a repository has changed, or for a minute. */
async function untilChange(
  io: Io,
  stream: ChangeStream,
  repositoryId: string,
): Promise<"changed" | "quiet" | "ended" | "interrupted"> {
  const over = new AbortController();
  const change = stream.changed(repositoryId).then((isChange) => {
    over.abort();
    return isChange;
  });
  if (!(await io.wait(LONGEST_QUIET, over.signal))) return "interrupted";
  // After a quiet minute the stream is opened anew: it may be dead without an end.
  if (!over.signal.aborted) {
    stream.close();
    return "quiet";
  }
  if (!(await change)) return "ended";
  return (await io.wait(TOGETHER)) ? "changed" : "interrupted";
}

/** Returns whether a failure may pass by itself: Zekt cannot be reached, or GitHub's rate limit is used up. */
const mayPass = (error: unknown): error is CommandError =>
  error instanceof CommandError && (error.exitCode === EXIT.unreachable || error.status === 429);

/** Returns a stream that has ended, where one may be there later: Zekt, or GitHub for the login's token, fails just now. */
function endedStream(error: unknown): ChangeStream {
  if (mayPass(error)) return { changed: async () => false, close: () => {} };
  throw error;
}

/** Returns a function that prints what is new; it returns false where Zekt could not be reached. */
function following(
  io: Io,
  client: Client,
  params: Record<string, string | number | undefined>,
  { last, json: asJson }: Options,
): () => Promise<boolean> {
  const look = newest(client, params);
  const known = new Map<string, string>();
  let isFirst = true;
  let isLost = false;
  const print = (one: Delivery): void =>
    io.out(asJson ? `${JSON.stringify(one)}\n` : `${deliveryRow(io, one).join("  ").trimEnd()}\n`);
  return async () => {
    let items: Delivery[];
    try {
      items = await look(known);
    } catch (error) {
      if (!mayPass(error)) throw error;
      if (!isLost) io.err(`${visible(error.message)} Trying again.\n`);
      isLost = true;
      return false;
    }
    if (isLost) io.err("Zekt answers again.\n");
    isLost = false;
    const changed = items.filter((one) => known.get(one.deliveryId) !== one.status);
    const shown = isFirst ? changed.slice(0, last) : changed;
    isFirst = false;
    for (const one of changed.toReversed()) known.set(one.deliveryId, one.status);
    for (const id of known.keys()) {
      if (known.size <= REMEMBERED) break;
      known.delete(id);
    }
    for (const one of shown.toReversed()) print(one);
    return true;
  };
}

/**
 * Returns a function that reads the newest deliveries. It reads on past the first page until it comes to a known one, and
 * to those that had not ended.
 */
function newest(
  client: Client,
  params: Record<string, string | number | undefined>,
): (known: ReadonlyMap<string, string>) => Promise<Delivery[]> {
  /** The pages that were read before, by their cursor. */
  let before = new Map<string, { answer: Page<Delivery>; etag: string }>();
  let open = new Set<string>();
  return async (known) => {
    const read: typeof before = new Map();
    const items: Delivery[] = [];
    const missing = new Set(open);
    for (let cursor: string | undefined; ; ) {
      const same = before.get(cursor ?? "");
      const page =
        (await client.poll<Page<Delivery>>("/deliveries", { ...params, cursor }, same?.etag ?? null)) ?? same;
      if (!page) break;
      read.set(cursor ?? "", page);
      items.push(...page.answer.items);
      for (const { deliveryId } of page.answer.items) missing.delete(deliveryId);
      const oldest = page.answer.items.at(-1);
      const isGap = before.size > 0 && oldest !== undefined && !known.has(oldest.deliveryId);
      if (page.answer.cursor === null || read.size === MOST_PAGES || !(isGap || missing.size > 0)) break;
      cursor = page.answer.cursor;
    }
    before = read;
    // A page that was read for one that had not ended goes on with others, from before this began.
    const oldest = items.findLastIndex(({ deliveryId }) => known.has(deliveryId));
    if (oldest >= 0) items.length = oldest + 1;
    open = new Set(items.filter(({ isFinalized }) => !isFinalized).map(({ deliveryId }) => deliveryId));
    return items;
  };
}

/** Returns a reader of whole numbers within bounds. */
function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
  };
}
