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
every 2 seconds. It goes on until Ctrl+C. While Zekt cannot be reached it tries again. A
delivery is printed again each time that its status changes.

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
      let stream = options.every === undefined ? await client.changes() : null;
      try {
        for (let seconds = every; ; ) {
          const isReached = await follow();
          seconds = isReached ? every : Math.min(LONGEST_WAIT, seconds * 2);
          if (stream && isReached) {
            const state = await untilChange(io, stream, repositoryId);
            if (state === "interrupted") return;
            if (state === "ended") stream = await client.changes();
          } else if (!(await io.wait(seconds * 1000))) return;
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
): Promise<"changed" | "ended" | "interrupted"> {
  const over = new AbortController();
  const change = stream.changed(repositoryId).then((isChange) => {
    over.abort();
    return isChange;
  });
  if (!(await io.wait(LONGEST_QUIET, over.signal))) return "interrupted";
  // After a quiet minute the stream is opened anew: it may be dead without an end.
  if (!over.signal.aborted) {
    stream.close();
    return "ended";
  }
  if (!(await change)) return "ended";
  return (await io.wait(TOGETHER)) ? "changed" : "interrupted";
}

/** Returns a function that prints what is new; it returns false where Zekt could not be reached. */
function following(
  io: Io,
  client: Client,
  params: Record<string, string | number | undefined>,
  { last, json: asJson }: Options,
): () => Promise<boolean> {
  let etag: string | null = null;
  let isFirst = true;
  let isLost = false;
  const known = new Map<string, string>();
  const print = (one: Delivery): void =>
    io.out(asJson ? `${JSON.stringify(one)}\n` : `${deliveryRow(io, one).join("  ").trimEnd()}\n`);
  return async () => {
    let page: { answer: Page<Delivery>; etag: string } | null;
    try {
      page = await client.poll<Page<Delivery>>("/deliveries", params, etag);
    } catch (error) {
      if (!(error instanceof CommandError) || error.exitCode !== EXIT.unreachable) throw error;
      if (!isLost) io.err(`${visible(error.message)} Trying again.\n`);
      isLost = true;
      return false;
    }
    if (isLost) io.err("Zekt answers again.\n");
    isLost = false;
    if (page === null) return true;
    etag = page.etag;
    const changed = page.answer.items.filter((one) => known.get(one.deliveryId) !== one.status);
    for (const one of page.answer.items) known.set(one.deliveryId, one.status);
    const shown = isFirst ? changed.slice(0, last) : changed;
    isFirst = false;
    for (const one of shown.reverse()) print(one);
    return true;
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
