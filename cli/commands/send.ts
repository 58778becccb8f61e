import { Command } from "commander";
import { clientOf, type ServerOptions, withServer } from "../api/client.ts";
import { findSubscription } from "../api/find-subscription.ts";
import type { Delivery } from "../api/types.ts";
import { confirm } from "../confirm.ts";
import { CommandError, EXIT } from "../exit.ts";
import type { Io } from "../io.ts";
import { statusWord } from "../output/delivery-words.ts";
import { json } from "../output/json.ts";
import { offerName, subscriberName } from "../output/subscription-words.ts";
import { visible } from "../output/visible.ts";

const EXAMPLES = `
The consumer's workflows run. The event says isTest, so that they can tell.
With --wait, exit code 1 says that the delivery failed, and 130 that Ctrl+C
ended the wait before.

Examples:
  zekt send initech/deploy
  zekt send subscription-0b8f3a57-8f43-5c4e-9b1d-6c1b2f6f1f11 --event-type release-published
  zekt send initech/deploy --yes --wait --json
`;

/** Milliseconds between two looks at a delivery that is waited for. */
const EVERY = 1000;
/** Milliseconds in which a delivery appears after its event was sent; on AWS a queue lies between. */
const APPEARS = 60_000;

interface Options extends ServerOptions {
  eventType?: string;
  wait?: true;
  yes?: true;
  json?: true;
}

/** Sends a test event to a subscription. */
export const sendCommand = (io: Io): Command =>
  withServer(
    new Command("send")
      .summary("send a test event to a subscription")
      .description("Sends a test event to a subscription, to see that it arrives.")
      .argument("<subscription>", "its id, or the consumer's repository where it has one subscription"),
  )
    .option("--event-type <type>", "the event type (default: the first that the subscription gets)")
    .option("--wait", "wait until the delivery has ended, or GitHub has it")
    .option("-y, --yes", "do not ask for confirmation")
    .option("--json", "print JSON: the API's answer, or with --wait the delivery")
    .addHelpText("after", EXAMPLES)
    .action(async (named: string, options: Options) => {
      const { eventType, yes = false } = options;
      const client = await clientOf(io, options);
      const subscription = await findSubscription(client, named);
      const { subscriptionId } = subscription;
      const what = `Zekt will send a test event of ${offerName(subscription)} to ${subscriberName(subscription)}, and its workflows will run.`;
      await confirm(io, yes, what, "Nothing was sent.");
      const sent = await client.call<{ deliveryId: string; eventType: string }>(
        "POST",
        `/subscriptions/${subscriptionId}/test-event`,
        { body: eventType === undefined ? {} : { eventType } },
      );
      if (!options.wait) {
        io.out(
          options.json ? json(sent) : `Sent ${visible(sent.eventType)} as ${visible(sent.deliveryId)}.\n`,
        );
        return;
      }
      const read = () => client.call<Delivery>("GET", `/deliveries/${sent.deliveryId}`);
      const delivery = await ended(io, read).catch((error: unknown) => {
        throw withDelivery(error, sent.deliveryId);
      });
      io.out(
        options.json
          ? json(delivery)
          : `${statusWord(io, delivery.status)} ${visible(delivery.eventType)} as ${visible(delivery.deliveryId)}.\n`,
      );
      if (delivery.status === "Failed")
        throw new CommandError(EXIT.refused, delivery.failure?.reason ?? "The delivery failed.");
    });

/** Adds to a failure of the wait what was sent, so that nobody sends it again. */
const withDelivery = (error: unknown, deliveryId: string): unknown =>
  error instanceof CommandError
    ? new CommandError(
        error.exitCode,
        `${error.message} The event was sent; zekt show ${deliveryId} says what became of it.`,
        error.status,
      )
    : error;

/**
 * Waits until nothing more happens to a delivery.
 *
 * @throws CommandError where the user ends the command before
 */
async function ended(io: Io, read: () => Promise<Delivery>): Promise<Delivery> {
  for (const begin = io.now(); ; ) {
    const delivery = await read().catch((error: unknown) => {
      // It is made of the event a moment after that was sent.
      const isEarly = error instanceof CommandError && error.status === 404 && io.now() - begin < APPEARS;
      if (!isEarly) throw error;
      return null;
    });
    const isOver = delivery && (delivery.isFinalized || (!delivery.durable && delivery.status !== "Pending"));
    if (isOver) {
      io.progress("");
      return delivery;
    }
    io.progress(`${delivery?.status ?? "Sent"}; waiting`);
    if (await io.wait(EVERY)) continue;
    io.progress("");
    throw new CommandError(
      EXIT.interrupted,
      delivery ? `The delivery is ${delivery.status}.` : "There is no delivery of it yet.",
    );
  }
}
