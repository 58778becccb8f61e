import { Command, InvalidArgumentError, Option } from "commander";
import { clientOf, listOf, type ServerOptions, withServer } from "../api/client.ts";
import { findRepository } from "../api/find-repository.ts";
import { type Side, sideOf, sideOption } from "../api/side.ts";
import type { Delivery } from "../api/types.ts";
import type { Io } from "../io.ts";
import { DELIVERY_COLUMNS, deliveryRow } from "../output/delivery-table.ts";
import { json } from "../output/json.ts";
import { table } from "../output/table.ts";
import { visible } from "../output/visible.ts";

const EXAMPLES = `
Examples:
  zekt deliveries initech/deploy
  zekt deliveries initech/deploy --status Failed --from 2026-01-31
  zekt deliveries acme/releases --side provider --limit 100
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
    .option("--limit <number>", "how many at most", limitArgument, 20)
    .option("--json", "print the API's JSON, as one list")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, options: Options) => {
      const client = await clientOf(io, options);
      const repository = await findRepository(client, name);
      const { side = sideOf(repository), limit, ...rest } = options;
      const { status, eventType, text, from, to } = rest;
      const params = { repository: repository.repositoryId, side, status, eventType, text, from, to };
      const deliveries = await listOf<Delivery>(client, "/deliveries", params, limit);
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

/** Returns a time as the API takes it; a day alone begins at midnight, UTC. */
function timeArgument(text: string): string {
  const at = /^\d{4}-\d\d-\d\d(T.+)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError("It must be such as 2026-01-31 or 2026-01-31T09:30Z.");
  return new Date(at).toISOString();
}

function limitArgument(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number from 1 to 99999.");
}
