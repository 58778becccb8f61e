import { randomUUID } from "node:crypto";
import { Command } from "commander";
import { clientOf, type ServerOptions, withServer } from "../api/client.ts";
import { deliveryIdArgument } from "../api/delivery-id.ts";
import type { Delivery, Replay } from "../api/types.ts";
import { confirm, requireTerminal } from "../confirm.ts";
import { CommandError, EXIT, usageError } from "../exit.ts";
import type { Io } from "../io.ts";
import { consumerName, serviceName } from "../output/delivery-words.ts";
import { json } from "../output/json.ts";
import { visible } from "../output/visible.ts";

const EXAMPLES = `
The consumer's workflows run again. Without a terminal to ask at, --yes is
required. The same --key again sends nothing twice.

Examples:
  zekt replay delivery-7d0c2a8e-52f7-5f0a-9a0e-3a1d7c0b9c12
  zekt replay delivery-7d0c2a8e-52f7-5f0a-9a0e-3a1d7c0b9c12 --yes --json
`;

interface Options extends ServerOptions {
  yes?: true;
  key?: string;
  json?: true;
}

/** Sends an ended delivery's payload to its consumer once more. */
export const replayCommand = (io: Io): Command =>
  withServer(
    new Command("replay")
      .summary("send a delivery once more")
      .description("Sends an ended delivery's payload to its consumer once more, after you confirm it.")
      .argument("<delivery>", "the delivery's id", deliveryIdArgument),
  )
    .option("-y, --yes", "do not ask for confirmation")
    .option("--key <key>", "an idempotency key of your own (default: a new one)")
    .option("--json", "print the API's JSON: deliveryId, replayOf")
    .addHelpText("after", EXAMPLES)
    .action(async (id: string, options: Options) => {
      const { yes = false, key = randomUUID() } = options;
      if (!yes) requireTerminal(io);
      if (!/^[\x21-\x7e]{1,200}$/.test(key)) throw usageError("A key has 1 to 200 visible ASCII characters.");
      const client = await clientOf(io, options);
      const delivery = await client.call<Delivery>("GET", `/deliveries/${id}`);
      await confirm(io, yes, questionOf(delivery), "Nothing was sent.");
      const headers = { "idempotency-key": key };
      const made = await client.call<Replay>("POST", `/replay/${id}`, { headers }).catch((error: unknown) => {
        throw withKey(error, key);
      });
      io.out(options.json ? json(made) : `Replayed as ${visible(made.deliveryId)}.\n`);
    });

function questionOf(delivery: Delivery): string {
  const what = `${visible(delivery.eventType)} of ${serviceName(delivery)}`;
  return `Zekt will send ${what} to ${consumerName(delivery)} again, and its workflows will run again.`;
}

/** Adds to a failure that leaves open whether the replay was made how to repeat it safely. */
const withKey = (error: unknown, key: string): unknown =>
  error instanceof CommandError && error.exitCode === EXIT.unreachable
    ? new CommandError(
        error.exitCode,
        `${error.message} It may have been sent; to repeat it safely, add --key ${key}.`,
      )
    : error;
