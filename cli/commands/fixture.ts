import { Command, InvalidArgumentError, Option } from "commander";
import { eventTypeSchema } from "../../app/domain/catalog/event-type-schema.ts";
import { clientPayload, workflowInputs } from "../../app/domain/intake/client-payload.ts";
import { WORKFLOW_COMPLETED } from "../../app/domain/limits.ts";
import type { EventFormat, StartEvent } from "../../app/domain/records/subscription.ts";
import { usageError } from "../exit.ts";
import { fixtureOf, type ServiceName, serviceNamed } from "../fixture.ts";
import type { Io } from "../io.ts";
import { json } from "../output/json.ts";
import { readInput } from "../read-input.ts";

const EXAMPLES = `
It needs no network. The delivery exists in no Zekt, so steps that confirm or
complete it are refused; zekt.isTest lets a workflow skip them.

Examples:
  zekt fixture acme/releases/nightly
  zekt fixture acme/releases/nightly --event-type release-published \\
    --payload message.json
  zekt fixture acme/releases/nightly --event-type release-published --request |
    gh api repos/initech/deploy/dispatches --input -
  zekt fixture acme/releases/nightly --start workflow_dispatch --request |
    gh api repos/initech/deploy/actions/workflows/deploy.yml/dispatches --input -
  zekt fixture acme/releases/nightly --format cloudevents
`;

interface Options {
  eventType: string;
  payload?: string;
  start: StartEvent;
  ref: string;
  format: EventFormat;
  private?: true;
  request?: true;
}

/** Prints what a consumer's workflow would get, to try it with. */
export const fixtureCommand = (io: Io): Command =>
  new Command("fixture")
    .summary("print a client_payload to try a workflow with")
    .description("Prints what Zekt would send to a consumer's workflow, to try the workflow with.")
    .argument("<service>", "owner/repository/slug, or alias/slug", serviceArgument)
    .option("--event-type <type>", "the event type", eventTypeArgument, WORKFLOW_COMPLETED)
    .option(
      "--payload <file>",
      "the message, a file of JSON; - reads stdin (default: {} with an --event-type, as the action sends)",
    )
    .addOption(
      new Option("--start <event>", "how the workflow is started")
        .choices(["repository_dispatch", "workflow_dispatch"])
        .default("repository_dispatch"),
    )
    .option("--ref <ref>", "the branch of a workflow_dispatch request", "main")
    .addOption(
      new Option("--format <format>", "the form of events").choices(["zekt", "cloudevents"]).default("zekt"),
    )
    .option("--private", "only the workflow_run fields that a private provider sends")
    .option("--request", "print the whole body of GitHub's REST request")
    .addHelpText("after", EXAMPLES)
    .action((service: ServiceName, options: Options) => {
      const { eventType, payload, start, ref, format } = options;
      const body = bodyOf(io, eventType, payload);
      const isPrivate = options.private ?? false;
      const { delivery, archived } = fixtureOf({ service, eventType, body, isPrivate, format });
      const attempt = { number: 1, possibleDuplicate: false };
      if (start === "workflow_dispatch") {
        const inputs = workflowInputs(delivery, archived, attempt);
        io.out(json(options.request ? { ref, inputs } : inputs));
      } else {
        const sent = clientPayload(delivery, archived, attempt);
        io.out(json(options.request ? { event_type: eventType, client_payload: sent } : sent));
      }
    });

/** Returns the message's JSON. The run's own event has none, and what the action sends without one is empty. */
function bodyOf(io: Io, eventType: string, payload: string | undefined): string | null {
  if (eventType === WORKFLOW_COMPLETED) {
    if (payload === undefined) return null;
    throw usageError(`${WORKFLOW_COMPLETED} has no message: name the message's event type by --event-type.`);
  }
  return payload === undefined ? "{}" : readInput(io, payload);
}

function serviceArgument(text: string): ServiceName {
  const service = serviceNamed(text);
  if (!service) throw new InvalidArgumentError("It must be owner/repository/slug, or alias/slug.");
  return service;
}

function eventTypeArgument(text: string): string {
  const [issue] = eventTypeSchema.safeParse(text).error?.issues ?? [];
  if (issue) throw new InvalidArgumentError(`It ${issue.message}.`);
  return text;
}
