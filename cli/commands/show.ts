import { Command } from "commander";
import { clientOf, type ServerOptions, withServer } from "../api/client.ts";
import { deliveryIdArgument } from "../api/delivery-id.ts";
import type { Delivery, Timeline } from "../api/types.ts";
import type { Io } from "../io.ts";
import { consumerName, marksOf, serviceName, statusWord } from "../output/delivery-words.ts";
import { json } from "../output/json.ts";
import { table } from "../output/table.ts";
import { visible } from "../output/visible.ts";

const EXAMPLES = `
Examples:
  zekt show delivery-7d0c2a8e-52f7-5f0a-9a0e-3a1d7c0b9c12
  zekt show delivery-7d0c2a8e-52f7-5f0a-9a0e-3a1d7c0b9c12 --json | jq .timeline
`;

/** Shows one delivery and all that happened to it. */
export const showCommand = (io: Io): Command =>
  withServer(
    new Command("show")
      .summary("show one delivery")
      .description("Shows one delivery: its parties, its runs, and all that happened to it.")
      .argument("<delivery>", "the delivery's id", deliveryIdArgument),
  )
    .option("--json", "print the API's JSON: delivery, timeline")
    .addHelpText("after", EXAMPLES)
    .action(async (id: string, options: ServerOptions & { json?: true }) => {
      const client = await clientOf(io, options);
      const [delivery, timeline] = await Promise.all([
        client.call<Delivery>("GET", `/deliveries/${id}`),
        client.call<Timeline>("GET", `/deliveries/${id}/timeline`),
      ]);
      if (options.json) io.out(json({ delivery, timeline: timeline.items }));
      else io.out(`${fieldsOf(io, delivery)}\n${happenings(timeline)}`);
    });

function fieldsOf(io: Io, one: Delivery): string {
  const { failure, next } = one;
  const fields: [string, string | null | undefined][] = [
    ["Delivery", visible(one.deliveryId)],
    ["Status", statusWord(io, one.status)],
    ["Event type", visible(one.eventType)],
    ["Service", serviceName(one)],
    ["Consumer", consumerName(one)],
    ["Correlation id", visible(one.correlationId)],
    ["Marks", marksOf(one)],
    ["Replay of", one.replayOf],
    ["Replayed by", one.replayedBy],
    ["Failed at", failure && `${failure.stage} (${failure.kind})`],
    ["Reason", failure?.reason && visible(failure.reason)],
    ["Next", next && [next.what, next.at ?? "", next.paused ? "(paused)" : ""].filter(Boolean).join(" ")],
    ...one.owners.map((owner): [string, string] => [
      "Run",
      visible(`${owner.url ?? owner.runId} ${owner.conclusion ?? ""}`.trim()),
    ]),
  ];
  return fields
    .filter(([, value]) => value)
    .map(([name, value]) => `${`${name}:`.padEnd(16)}${value}\n`)
    .join("");
}

const happenings = ({ items }: Timeline): string =>
  table(
    ["TIME", "WHAT", "ATTEMPT", "DETAIL"],
    items.map(({ at, what, attempt, failure, run }) => [
      visible(at),
      visible(what),
      attempt === null ? "" : String(attempt),
      visible(
        [failure && `${failure.kind}${failure.reason ? `: ${failure.reason}` : ""}`, run && runText(run)]
          .filter(Boolean)
          .join("; "),
      ),
    ]),
  );

const runText = ({
  workflow,
  runId,
  conclusion,
}: {
  workflow: string;
  runId: string;
  conclusion: string | null;
}) => [`${workflow} run ${runId}`, conclusion].filter(Boolean).join(" ");
