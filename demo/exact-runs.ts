import { isDeepStrictEqual } from "node:util";
import { type Stage, until } from "../harness/stage.ts";
import { deliveriesTo } from "../harness/world.ts";
import type { Played } from "./play.ts";

const OWNER = "vandelay";
const EVENTS = 10;
/** The time after which what has not ended counts as missing, in milliseconds. */
const PATIENCE = 60_000;
const PROVIDER = "acme/releases";
const NIGHTLY = ".github/workflows/nightly.yml";
const FLAKY = ".github/workflows/flaky.yml";
const TAKE = ".github/workflows/take.yml";

const TAKES = `name: Take
on:
  workflow_dispatch:
    inputs:
      zekt:
        required: true
        type: string
jobs:
  take:
    runs-on: ubuntu-latest
    steps:
      - run: echo "took $DELIVERY"
        env:
          DELIVERY: \${{ fromJSON(inputs.zekt).zekt.deliveryId }}
`;
const REFUSES = TAKES.replace("workflow_dispatch:", "workflow_call:");

/** Plays what is particular to deliveries by `workflow_dispatch`: GitHub names the run that each starts. */
export async function playExactRuns(stage: Stage, say: (line: string) => void): Promise<Played[]> {
  await bringOn(stage);
  const taker = await subscribe(stage, "take", "nightly");
  const refuser = await subscribe(stage, "refuse", "flaky");
  say(`${OWNER} takes events by workflow_dispatch; its installation has not granted contents: write`);
  return [await burst(stage, taker, say), await refusal(stage, refuser, say), rights(stage)];
}

/** An owner whose installation may start workflows and write nothing else. */
async function bringOn({ github, server, repositoryId }: Stage): Promise<void> {
  const { control, world } = github;
  control.createAccount({ login: OWNER, type: "Organization" });
  control.createAccount({ login: `${OWNER}-dev` });
  for (const [name, text] of [
    ["take", TAKES],
    ["refuse", REFUSES],
  ] as const) {
    const collaborators = { [`${OWNER}-dev`]: "maintain" as const };
    control.createRepository({ owner: OWNER, name, files: { [TAKE]: text }, collaborators });
  }
  const { id } = await control.install({ app: "zekt-demo", account: OWNER });
  const installation = world.installations.get(id);
  if (installation) {
    const { permissions } = installation;
    installation.permissions = { ...permissions, actions: "write", contents: "read" };
  }
  const { accounts } = server.deps.store;
  const isReachable = async (name: string): Promise<boolean> =>
    (await accounts.getRepository(repositoryId(`${OWNER}/${name}`)))?.reachable === true;
  await until(async () => (await isReachable("take")) && (await isReachable("refuse")));
}

async function subscribe({ api, repositoryId }: Stage, name: string, service: string): Promise<string> {
  const id = repositoryId(`${OWNER}/${name}`);
  await api(`${OWNER}-dev`, "PATCH", `/repositories/${id}`, { consumer: true, tracking: true });
  const asked = await api<{ subscriptionId: string }>(
    `${OWNER}-dev`,
    "POST",
    `/repositories/${id}/subscriptions`,
    {
      service: `${PROVIDER}/${service}`,
      workflow: TAKE,
      start: "workflow_dispatch",
      durable: {},
    },
  );
  await api("acme-dev", "POST", `/subscriptions/${asked.subscriptionId}/approve`);
  return id;
}

async function burst(stage: Stage, consumer: string, say: (line: string) => void): Promise<Played> {
  const { control } = stage.github;
  for (let n = 0; n < EVENTS; n++) {
    const run = await control.startRun({ repository: PROVIDER, workflow: NIGHTLY });
    await control.completeRun(run.id, "success");
  }
  await ended(stage, consumer, EVENTS);
  const { runs } = control.parts;
  const got = (await deliveriesTo(stage, consumer)).map(({ deliveryId, status, attempts, ambiguousRuns }) => {
    const runId = attempts.at(-1)?.runId ?? "";
    const took = runs.latest(runs.find(Number(runId))).log.some((line) => line.includes(deliveryId));
    return { status, took, ambiguous: ambiguousRuns.length };
  });
  say(`${EVENTS} events came to ${OWNER}/take, each to the run that GitHub named for it`);
  const expected = Array.from({ length: EVENTS }, () => ({ status: "Completed", took: true, ambiguous: 0 }));
  return judged("workflow_dispatch: ten events in one second, each followed to its own end", expected, got);
}

async function refusal(stage: Stage, consumer: string, say: (line: string) => void): Promise<Played> {
  const { control } = stage.github;
  const run = await control.startRun({ repository: PROVIDER, workflow: FLAKY });
  await control.completeRun(run.id, "failure");
  await ended(stage, consumer, 1);
  const [delivery] = await deliveriesTo(stage, consumer);
  const { status, failure } = delivery ?? {};
  say(`GitHub refused aloud: ${failure?.reason}`);
  const reason = "GitHub answered 422: Workflow does not have 'workflow_dispatch' trigger";
  return judged(
    "workflow_dispatch: a workflow that refuses",
    { status: "Failed", reason },
    {
      status,
      reason: failure?.reason,
    },
  );
}

/** The rights of the tokens that started the workflows. */
function rights({ github }: Stage): Played {
  const posts = github.control
    .requests()
    .filter(
      ({ method, path, status }) =>
        method === "POST" && /workflows\/.*\/dispatches$/.test(path) && status === 200,
    );
  const contents = posts.filter(({ permissions }) => permissions && "contents" in permissions).length;
  const expected = { started: EVENTS, withContents: 0 };
  const got = { started: posts.length, withContents: contents };
  return judged("workflow_dispatch: an installation without contents: write", expected, got);
}

async function ended(stage: Stage, consumer: string, count: number): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; ) {
    const deliveries = await deliveriesTo(stage, consumer);
    if (deliveries.length === count && deliveries.every(({ isFinalized }) => isFinalized)) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // A run's end is told before its last lines are read.
  await stage.github.control.idle();
}

const judged = (name: string, expected: unknown, got: unknown): Played => ({
  case: name,
  expected,
  got,
  ok: isDeepStrictEqual(got, expected),
});
