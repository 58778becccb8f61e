import { isDeepStrictEqual } from "node:util";
import type { Run } from "../fake-github/state.ts";
import { type Stage, until } from "../harness/stage.ts";
import type { Played } from "./play.ts";
import { whitelistPushed } from "./whitelist.ts";
import { ACTION, consumer, job, provider, VERSION } from "./workflows.ts";

const PROVIDER = "acme/releases";
const ANNOUNCE = ".github/workflows/announce.yml";
const CHECK = ".github/workflows/check.yml";
const CONSUMER = "stark/rollout";
const [OWNER = "", NAME = ""] = CONSUMER.split("/");
/** The time after which what has not come counts as missing, in milliseconds. */
const PATIENCE = 30_000;

/** The schema of messages of the type `deploy-ready`. */
const SCHEMA = {
  type: "object",
  required: ["version", "risk"],
  properties: { version: { type: "string" }, risk: { enum: ["low", "high"] }, log: { type: "string" } },
};

const send = (payload: string): string => `      - uses: ${ACTION}@${VERSION}
        with:
          event-type: deploy-ready
          payload${payload}
`;

/** An input that the runner fills in. */
const FROM_FILE = `-file: \${{ runner.temp }}/message.json`;

/** Its token is made where it is needed, so that none stands in this file. */
const ANNOUNCES = provider(
  "Announce",
  job("quiet", send(`: '{"version":"2.0.0","risk":"low"}'`)) +
    job("loud", send(`: '{"version":"2.0.1","risk":"high"}'`)) +
    job(
      "leaky",
      `      - run: node -e 'console.log(JSON.stringify({ version:"2.0.2", risk:"high", log:"pushed by ghp_" + "a1B2".repeat(9) }))' > "$RUNNER_TEMP/message.json"
${send(FROM_FILE)}`,
    ) +
    job("wrong", send(`: '{"version":2,"risk":"high"}'`)),
);

const READS = consumer(
  "Rollout",
  ["deploy-ready"],
  `      - run: echo "received $TYPE $VERSION of $SOURCE - $LOG"
        env:
          TYPE: \${{ github.event.client_payload.cloudevent.type }}
          SOURCE: \${{ github.event.client_payload.cloudevent.source }}
          VERSION: \${{ github.event.client_payload.cloudevent.data.version }}
          LOG: \${{ github.event.client_payload.cloudevent.data.log }}
`,
);

const zektFile = (risks: string): string => `version: 1
provider:
  workflows: [${ANNOUNCE}]
  services:
    - slug: contracts
      workflow: ${ANNOUNCE}
      types:
        - name: deploy-ready
          schema: { type: object, required: [risk], properties: { risk: { enum: [${risks}] } } }
  approvals:
    - { service: contracts, repository: ${CONSUMER}, decision: approve }
`;

/** As a checkout would leave them: the file of the pull request, and the one before it. */
const CHECKS = `name: Check zekt.yml
on: pull_request
jobs:
  validate:
    runs-on: ubuntu-latest
    steps:
      - run: mkdir -p .github && echo "$AFTER" > .github/zekt.yml && echo "$BEFORE" > before.yml
        env:
          BEFORE: ${JSON.stringify(zektFile("low, high"))}
          AFTER: ${JSON.stringify(zektFile("low, high, unknown"))}
      - uses: ${ACTION}/action/validate@${VERSION}
        with:
          base: before.yml
          breaking: fail
`;

const BREAKS = `This breaks subscribers of contracts (deploy-ready): /properties/risk may be "unknown" now. Subscribed: ${CONSUMER}.`;

/** Plays what a service promises of its messages: schemas, filters, masked credentials, CloudEvents, breaking changes. */
export async function playContracts(stage: Stage, say: (line: string) => void): Promise<Played[]> {
  const subscriptionId = await bringOn(stage);
  const sent = await run(stage, ANNOUNCE, "push", say);
  const refused = logOf(stage, sent).filter((line) => line.includes("does not fit the schema"));
  const received = await readLines(stage, 2);
  const stats = () =>
    stage.api<{ filtered: { last24Hours: number } }>(
      `${OWNER}-dev`,
      "GET",
      `/connections/${subscriptionId}/stats`,
    );
  await until(async () => (await stats()).filtered.last24Hours > 0);
  const { filtered } = await stats();
  const checked = await run(stage, CHECK, "pull_request", say);
  const marked = logOf(stage, checked).filter((line) => line.includes(BREAKS));
  for (const line of [...refused, ...received, ...marked]) say(line.slice(0, 160));
  const cloudEvent = "of /acme/releases/contracts -";
  const judge = (name: string, got: unknown, expected: unknown): Played => ({
    case: name,
    expected,
    got,
    ok: isDeepStrictEqual(got, expected),
  });
  return [
    judge("a message that does not fit its type's schema is refused", refused.length, 1),
    judge("a filter leaves out the low risk, and counts it", filtered.last24Hours, 1),
    judge("a CloudEvent, and a token that was masked in one", received, [
      `received deploy-ready 2.0.1 ${cloudEvent}`,
      `received deploy-ready 2.0.2 ${cloudEvent} pushed by ***`,
    ]),
    judge(
      "a pull request whose change breaks a subscriber fails",
      [marked.length, stage.github.control.parts.runs.latest(checked).conclusion],
      [1, "failure"],
    ),
  ];
}

/** A service with a declared type that masks credentials, and a subscriber with a filter; returns its subscription. */
async function bringOn(stage: Stage): Promise<string> {
  const { github, server, api, repositoryId } = stage;
  const { control } = github;
  const files = { [ANNOUNCE]: ANNOUNCES, [CHECK]: CHECKS };
  await whitelistPushed(stage, PROVIDER, { files, workflow: ANNOUNCE });
  await api("acme-dev", "POST", `/repositories/${repositoryId(PROVIDER)}/services`, {
    slug: "contracts",
    workflow: ANNOUNCE,
    visibility: "public",
    secrets: "mask",
    eventTypes: ["deploy-ready"],
    types: [{ name: "deploy-ready", schema: SCHEMA, example: { version: "1.0.0", risk: "low" } }],
  });
  control.createAccount({ login: OWNER, type: "Organization" });
  control.createAccount({ login: `${OWNER}-dev` });
  control.createRepository({
    owner: OWNER,
    name: NAME,
    files: { ".github/workflows/rollout.yml": READS },
    variables: { ZEKT_API_URL: server.url },
    collaborators: { [`${OWNER}-dev`]: "maintain" },
  });
  await control.install({ app: "zekt-demo", account: OWNER });
  const id = repositoryId(CONSUMER);
  await until(async () => (await server.deps.store.accounts.getRepository(id))?.reachable === true);
  await api(`${OWNER}-dev`, "PATCH", `/repositories/${id}`, { consumer: true });
  const wanted = {
    service: `${PROVIDER}/contracts`,
    filter: "message.risk == 'high'",
    format: "cloudevents",
  };
  const path = `/repositories/${id}/subscriptions`;
  const { subscriptionId } = await api<{ subscriptionId: string }>(`${OWNER}-dev`, "POST", path, wanted);
  await api("acme-dev", "POST", `/subscriptions/${subscriptionId}/approve`);
  return subscriptionId;
}

async function run(
  { github }: Stage,
  workflow: string,
  event: string,
  say: (line: string) => void,
): Promise<Run> {
  const { control } = github;
  const started = await control.startRun({ repository: PROVIDER, workflow, event });
  await control.parts.runs.execute(started);
  say(
    `run ${started.id} of ${PROVIDER} ${workflow} completed: ${control.parts.runs.latest(started).conclusion}`,
  );
  return started;
}

const logOf = ({ github }: Stage, one: Run): string[] => github.control.parts.runs.latest(one).log;

/** Returns what the consumer's runs printed, in order, once as many as are expected have ended. */
async function readLines(stage: Stage, count: number): Promise<string[]> {
  const { control } = stage.github;
  const ids = () => control.repository(CONSUMER).dispatches.flatMap(({ runIds }) => runIds);
  for (const deadline = Date.now() + PATIENCE; ids().length < count && Date.now() < deadline; )
    await new Promise((resolve) => setTimeout(resolve, 50));
  await control.idle();
  const { runs } = control.parts;
  return ids()
    .flatMap((id) => runs.latest(runs.find(id)).log.filter((line) => line.startsWith("received ")))
    .map((line) => line.trim())
    .sort();
}
