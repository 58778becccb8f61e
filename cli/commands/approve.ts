import { Command, Option } from "commander";
import { clientOf, listOf, type ServerOptions, withServer } from "../api/client.ts";
import { isSubscriptionId } from "../api/find-subscription.ts";
import type { Subscription } from "../api/types.ts";
import { confirm } from "../confirm.ts";
import { usageError } from "../exit.ts";
import type { Io } from "../io.ts";
import { json } from "../output/json.ts";
import { eventTypesOf, offerName, subscriberName } from "../output/subscription-words.ts";
import { table } from "../output/table.ts";
import { visible } from "../output/visible.ts";

const EXAMPLES = `
Without a subscription it lists the requests that wait for you.

Examples:
  zekt approve
  zekt approve subscription-0b8f3a57-8f43-5c4e-9b1d-6c1b2f6f1f11
  zekt approve subscription-0b8f3a57-8f43-5c4e-9b1d-6c1b2f6f1f11 --deny --yes
  zekt approve subscription-0b8f3a57-8f43-5c4e-9b1d-6c1b2f6f1f11 --revoke
`;

type Decision = "approve" | "deny" | "revoke";

interface Options extends ServerOptions {
  deny?: true;
  revoke?: true;
  yes?: true;
  json?: true;
}

/** The consequence of each decision, for the one who is asked. */
const CONSEQUENCES: Record<Decision, (one: Subscription) => string> = {
  approve: (one) =>
    `Zekt will send ${eventTypesOf(one)} of ${offerName(one)} to ${subscriberName(one)} (owner: ${one.trust ?? "not known"}).`,
  deny: (one) => `Zekt will refuse ${subscriberName(one)} the events of ${offerName(one)}.`,
  revoke: (one) =>
    `Zekt will send nothing more of ${offerName(one)} to ${subscriberName(one)}; what is not dispatched yet is cancelled.`,
};

const DONE: Record<Decision, string> = { approve: "Approved", deny: "Denied", revoke: "Revoked" };

/** Decides requests for a provider's services. */
export const approveCommand = (io: Io): Command =>
  withServer(
    new Command("approve")
      .summary("list requests for your services, and decide them")
      .description("Lists the requests for your services that wait for you, or decides one.")
      .argument("[subscription]", "the subscription's id"),
  )
    .addOption(new Option("--deny", "deny it").conflicts("revoke"))
    .option("--revoke", "withdraw an approval")
    .option("-y, --yes", "do not ask for confirmation")
    .option("--json", "print the API's JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (id: string | undefined, options: Options) => {
      const { deny, revoke, yes = false } = options;
      if (id === undefined && (deny || revoke)) throw usageError("Name the subscription by its id.");
      if (id !== undefined && !isSubscriptionId(id))
        throw usageError("A subscription's id begins with subscription-; `zekt approve` lists them.");
      const client = await clientOf(io, options);
      if (id === undefined) {
        const params = { side: "provider", status: "requested" };
        const waiting = await listOf<Subscription>(client, "/subscriptions", params);
        if (options.json) io.out(json(waiting));
        else if (waiting.length === 0) io.err("No request waits for you.\n");
        else
          io.out(
            table(
              ["SUBSCRIPTION", "REQUESTED", "BY", "CONSUMER", "SERVICE", "EVENT TYPES"],
              waiting.map(rowOf),
            ),
          );
        return;
      }
      const decision: Decision = deny ? "deny" : revoke ? "revoke" : "approve";
      const subscription = await client.call<Subscription>("GET", `/subscriptions/${id}`);
      await confirm(io, yes, CONSEQUENCES[decision](subscription), "Nothing was decided.");
      const decided = await client.call<Subscription>("POST", `/subscriptions/${id}/${decision}`);
      io.out(options.json ? json(decided) : `${DONE[decision]} ${visible(id)}.\n`);
    });

const rowOf = (one: Subscription): string[] => [
  visible(one.subscriptionId),
  visible(one.requestedAt),
  visible(one.requestedBy),
  subscriberName(one),
  offerName(one),
  eventTypesOf(one),
];
