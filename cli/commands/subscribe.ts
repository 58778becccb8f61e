import { Command, InvalidArgumentError, Option } from "commander";
import { eventTypeSchema } from "../../app/domain/catalog/event-type-schema.ts";
import { clientOf, type ServerOptions, withServer } from "../api/client.ts";
import { findRepository } from "../api/find-repository.ts";
import type { Repository, Subscription } from "../api/types.ts";
import { confirm } from "../confirm.ts";
import { CommandError, EXIT } from "../exit.ts";
import type { Io } from "../io.ts";
import { json } from "../output/json.ts";
import { eventTypesOf, offerName } from "../output/subscription-words.ts";
import { visible } from "../output/visible.ts";

const EXAMPLES = `
The provider decides unless it approves you by itself. A repository with a
.github/zekt.yml subscribes by that file, and is refused here.

Examples:
  zekt subscribe initech/deploy acme/releases/nightly
  zekt subscribe initech/deploy acme/releases/nightly --event-type release-published
  zekt subscribe initech/deploy acme/releases/nightly --enable --durable --yes
`;

interface Options extends ServerOptions {
  eventType: string[];
  workflow?: string;
  start?: string;
  ref?: string;
  format?: string;
  durable?: true;
  enable?: true;
  yes?: true;
  json?: true;
}

/** Subscribes a repository to a service. */
export const subscribeCommand = (io: Io): Command =>
  withServer(
    new Command("subscribe")
      .summary("subscribe a repository to a service")
      .description("Asks for a service's events on behalf of a repository.")
      .argument("<repository>", "the consumer: owner/name, or GitHub's id")
      .argument("<service>", "owner/repository/slug, alias/slug, or the service's id"),
  )
    .addOption(
      new Option("--event-type <type>", "an event type that is wanted; may be repeated")
        .argParser(collect)
        .default(
          [],
          "all, so that a run with one message makes two dispatches, one of them zekt-workflow-completed",
        ),
    )
    .option("--workflow <path>", "the workflow whose result counts, such as .github/workflows/deploy.yml")
    .addOption(
      new Option("--start <event>", "the event that starts runs").choices([
        "repository_dispatch",
        "workflow_dispatch",
      ]),
    )
    .option("--ref <ref>", "the branch or tag that workflow_dispatch runs")
    .addOption(new Option("--format <format>", "the form of events").choices(["zekt", "cloudevents"]))
    .option(
      "--durable",
      "deliver again until it is confirmed; needs completion tracking, or --start workflow_dispatch",
    )
    .option(
      "--enable",
      "enable the repository as a consumer first; with --durable its tracking too, where that needs it",
    )
    .option("-y, --yes", "do not ask for confirmation")
    .option("--json", "print the API's JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, service: string, options: Options) => {
      const { yes = false, eventType: eventTypes, workflow, start, ref, format, durable } = options;
      const client = await clientOf(io, options);
      const repository = await findRepository(client, name);
      // The run that GitHub names can be asked for, without a webhook.
      const isTracked = durable === true && start !== "workflow_dispatch";
      const missing = missingOf(repository, isTracked);
      if (missing.length > 0 && !options.enable) {
        throw new CommandError(
          EXIT.refused,
          `${repository.fullName} is not enabled for ${missing.join(" and ")}; add --enable.`,
        );
      }
      const first =
        missing.length > 0 ? `Zekt will enable it for ${missing.join(" and ")}, and ` : "Zekt will ";
      const what = `${first}ask for the events of ${visible(service)} for ${visible(repository.fullName)}.`;
      await confirm(io, yes, what, "Nothing was requested.");
      if (missing.length > 0) {
        const body = { consumer: true, ...(isTracked ? { tracking: true } : {}) };
        await client.call("PATCH", `/repositories/${repository.repositoryId}`, { body });
      }
      const body = {
        service,
        // What is not named stays as it is where the subscription stands already.
        ...(eventTypes.length > 0 ? { eventTypes } : {}),
        workflow,
        start,
        ref,
        format,
        ...(durable ? { durable: {} } : {}),
      };
      const path = `/repositories/${repository.repositoryId}/subscriptions`;
      const made = await client.call<Subscription>("POST", path, { body });
      io.out(options.json ? json(made) : sentenceOf(made));
    });

/** Returns what a repository is not enabled for, and has to be. */
function missingOf({ consumer, tracking }: Repository, isTracked: boolean): string[] {
  return [
    ...(consumer ? [] : ["receiving events"]),
    ...(isTracked && !tracking ? ["completion tracking"] : []),
  ];
}

function sentenceOf(one: Subscription): string {
  const what = `${offerName(one)} (${eventTypesOf(one)})`;
  if (one.status === "approved") return `Subscribed to ${what} as ${visible(one.subscriptionId)}.\n`;
  return `Asked for ${what} as ${visible(one.subscriptionId)}; its provider has to approve it (${one.status}).\n`;
}

function collect(text: string, before: string[]): string[] {
  const [issue] = eventTypeSchema.safeParse(text).error?.issues ?? [];
  if (issue) throw new InvalidArgumentError(`It ${issue.message}.`);
  return [...before, text];
}
