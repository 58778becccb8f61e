import { Command } from "commander";
import { type Client, clientOf, type ServerOptions, withServer } from "../api/client.ts";
import type { QueueStats, Stuck } from "../api/types.ts";
import { CommandError, EXIT } from "../exit.ts";
import type { Io } from "../io.ts";
import { json } from "../output/json.ts";
import { table } from "../output/table.ts";
import { visible } from "../output/visible.ts";

interface Options extends ServerOptions {
  json?: true;
}

/** Lists what is stuck over all owners. */
export const stuckCommand = (io: Io): Command =>
  withServer(
    new Command("stuck")
      .summary("list what is stuck, over all owners")
      .description("Lists work that should have ended, over all owners. It is for operators."),
  )
    .option("--json", "print the API's JSON, as one list")
    .addHelpText(
      "after",
      `
The setting ZEKT_OPERATORS of your Zekt names its operators. Exit code 1 says
that something is stuck.

Examples:
  zekt stuck
  zekt stuck --json | jq -r '.[] | select(.kind == "job").id'
`,
    )
    .action(async (options: Options) => {
      const client = await clientOf(io, options);
      const { items } = await forOperators<Stuck>(client, "/operations/stuck");
      if (options.json) io.out(json(items));
      else if (items.length === 0) io.out("Nothing is stuck.\n");
      else
        io.out(
          table(
            ["KIND", "ID", "OWNER", "WHAT", "SINCE", "FAILURES", "NEXT", "REASON"],
            items.map((one) => [
              one.kind,
              visible(one.id),
              visible(one.owner ?? one.ownerId),
              visible(one.what),
              visible(one.since),
              String(one.failures),
              visible(one.nextAt ?? "never"),
              visible(one.reason ?? ""),
            ]),
          ),
        );
      if (items.length > 0)
        throw new CommandError(EXIT.refused, `${items.length === 1 ? "1 is" : `${items.length} are`} stuck.`);
    });

/** Shows the queues. */
export const queueCommand = (io: Io): Command =>
  withServer(
    new Command("queue")
      .summary("show the queues and the work that is due")
      .description("Shows the queues and the stored work that is due. It is for operators."),
  )
    .option("--json", "print the API's JSON")
    .addHelpText(
      "after",
      `
The setting ZEKT_OPERATORS of your Zekt names its operators.

Examples:
  zekt queue
  zekt queue --json | jq '.queues[].ready'
`,
    )
    .action(async (options: Options) => {
      const client = await clientOf(io, options);
      const stats = await forOperators<QueueStats>(client, "/operations/queues");
      io.out(options.json ? json(stats) : tablesOf(io, stats));
    });

function tablesOf(io: Io, { queues, due }: QueueStats): string {
  const messages = queues.map(({ name, ready, delayed, working, dead, oldestAt }) => [
    name,
    ...[ready, delayed, working, dead].map(String),
    oldestAt === null ? "" : `${Math.max(0, Math.round((io.now() - Date.parse(oldestAt)) / 1000))} s`,
  ]);
  const work = due.map(({ table: name, waiting, pastDue, earliestAt }) => [
    visible(name),
    String(waiting),
    String(pastDue),
    visible(earliestAt ?? ""),
  ]);
  return `${table(["QUEUE", "READY", "DELAYED", "WORKING", "DEAD", "OLDEST"], messages)}\n${table(["DUE", "WAITING", "PAST DUE", "EARLIEST"], work)}`;
}

/** Reads something that only operators see, and says so where the user is none. */
async function forOperators<T>(client: Client, path: string): Promise<T> {
  try {
    return await client.call<T>("GET", path);
  } catch (error) {
    if (!(error instanceof CommandError) || error.status !== 404) throw error;
    const { userId } = await client.call<{ userId: string }>("GET", "/user");
    throw new CommandError(
      EXIT.refused,
      `Only operators see this. The setting ZEKT_OPERATORS of your Zekt lists their user ids; yours is ${userId}.`,
    );
  }
}
