import { Command, InvalidArgumentError, Option } from "commander";
import { clientOf, listOf, type ServerOptions, withServer } from "../api/client.ts";
import { findRepository } from "../api/find-repository.ts";
import { type Side, sideOf, sideOption } from "../api/side.ts";
import type { Delivery, DeliveryPage } from "../api/types.ts";
import type { Io } from "../io.ts";
import { DELIVERY_COLUMNS, deliveryRow } from "../output/delivery-table.ts";
import { json } from "../output/json.ts";
import { table } from "../output/table.ts";
import { visible } from "../output/visible.ts";

const EXAMPLES = `
A payload is searched by a CEL expression over message, run and eventType, as in
a subscription's filter. Payloads are kept for 90 days. How far the search went
is said on stderr.

Examples:
  zekt deliveries initech/deploy
  zekt deliveries initech/deploy --status Failed --from 2026-01-31
  zekt deliveries acme/releases --side provider --limit 100
  zekt deliveries initech/deploy --where "message.version == '1.4.0'"
  zekt deliveries initech/deploy --json | jq -r '.[].deliveryId'
`;

const STATUSES = ["Pending", "Dispatched", "Confirmed", "Completed", "Failed"] satisfies Delivery["status"][];

interface Options extends ServerOptions {
  side?: Side;
  status?: string;
  eventType?: string;
  text?: string;
  from?: string;
  to?: string;
  where?: string;
  search: number;
  limit: number;
  json?: true;
}

/** Lists the deliveries of a repository. */
export const deliveriesCommand = (io: Io): Command =>
  withServer(
    new Command("deliveries")
      .summary("list the deliveries of a repository")
      .description("Lists the deliveries to a consumer, or those of a provider, newest first.")
      .argument("<repository>", "owner/name, or GitHub's id"),
  )
    .addOption(sideOption())
    .addOption(new Option("--status <status>", "only with this status").choices(STATUSES))
    .option("--event-type <type>", "only of this event type")
    .option("--text <text>", "only where an id, a name or the event type holds this")
    .option("--from <time>", "only created at this time or later", timeArgument)
    .option("--to <time>", "only created at this time or earlier", timeArgument)
    .option("--where <expression>", "only where this is true of the payload")
    .option("--search <number>", "how many deliveries --where searches", limitArgument, 1000)
    .option("--limit <number>", "how many at most", limitArgument, 20)
    .option("--json", "print the API's JSON, as one list")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, options: Options) => {
      const client = await clientOf(io, options);
      const repository = await findRepository(client, name);
      const { side = sideOf(repository), limit, ...rest } = options;
      const { status, eventType, text, from, to, where } = rest;
      const params = { repository: repository.repositoryId, side, status, eventType, text, from, to, where };
      const search = new Search(io, options.search);
      const goesOn = (page: DeliveryPage): boolean => search.goesOn(page);
      const deliveries = await listOf<Delivery, DeliveryPage>(client, "/deliveries", params, limit, goesOn);
      if (where !== undefined) io.err(search.end(deliveries.length));
      if (options.json) io.out(json(deliveries));
      else if (deliveries.length === 0) io.err(`No deliveries of ${visible(name)} as ${side}.\n`);
      else
        io.out(
          table(
            DELIVERY_COLUMNS,
            deliveries.map((one) => deliveryRow(io, one)),
          ),
        );
    });

/** A search of payloads, counted page after page. */
class Search {
  readonly #io: Io;
  readonly #most: number;
  #deliveries = 0;
  #unreadable = 0;
  #failed = 0;
  #reason: string | null = null;
  #backTo: string | null = null;
  #isDone = false;

  constructor(io: Io, most: number) {
    this.#io = io;
    this.#most = most;
  }

  /** Adds a page, and returns whether more may be searched. */
  goesOn({ searched, cursor }: DeliveryPage): boolean {
    if (searched === null) return true;
    this.#deliveries += searched.deliveries;
    this.#unreadable += searched.unreadable;
    this.#failed += searched.failed;
    this.#reason ??= searched.reason;
    this.#backTo = searched.backTo ?? this.#backTo;
    this.#isDone = cursor === null;
    this.#io.progress(`Searched ${this.#deliveries} deliveries …`);
    return this.#deliveries < this.#most;
  }

  /** Ends the progress, and returns what was searched, in words. */
  end(matches: number): string {
    this.#io.progress("");
    const said = [
      `Searched ${this.#deliveries} deliveries: ${matches} ${matches === 1 ? "matches" : "match"}.`,
    ];
    if (this.#failed > 0)
      said.push(`The expression failed for ${this.#failed}: ${visible(this.#reason ?? "")}.`);
    if (this.#unreadable > 0) said.push(`${this.#unreadable} payloads may not be read any more.`);
    if (!this.#isDone && this.#backTo) said.push(`To search further back, add --to ${this.#backTo}.`);
    return `${said.join(" ")}\n`;
  }
}

/** Returns a time as the API takes it; a day alone begins at midnight, UTC. */
function timeArgument(text: string): string {
  const day = text.slice(0, 10);
  const at = /^\d{4}-\d\d-\d\d(T.+)?$/.test(text) && isDay(day) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError("It must be such as 2026-01-31 or 2026-01-31T09:30Z.");
  return new Date(at).toISOString();
}

/** Returns whether a calendar has a day: of February 30th JavaScript makes one of March. */
function isDay(day: string): boolean {
  const at = Date.parse(day);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}

function limitArgument(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number from 1 to 99999.");
}
