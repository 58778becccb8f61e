import { isDeepStrictEqual } from "node:util";
import type { Dispatch } from "../fake-github/state.ts";
import type { Stage } from "../harness/stage.ts";
import type { Case, ExpectedDispatch } from "./cases.ts";

/** The quiet time after which no more arrivals are expected, in milliseconds. */
const QUIET = 400;
const PATIENCE = 15_000;

export interface Played {
  case: string;
  expected: unknown;
  got: unknown;
  ok: boolean;
}

/** Plays one case: runs the provider's workflow and compares what GitHub's own log then holds. */
export async function play(stage: Stage, one: Case, say: (line: string) => void): Promise<Played> {
  const { control, world } = stage.github;
  const before = new Map(
    [...world.repositories.values()].map((repository) => [repository.id, repository.dispatches.length]),
  );
  const { issuerSlug } = world.settings;
  if (one.trouble) beginTrouble(stage, one, say);
  if (one.policy) control.setActionsPolicy(consumerOf(one), { actors: one.policy.actors, events: null });
  if (one.replay) await replayLast(stage, one, say);
  else await runProvider(stage, one, say);
  if (one.sentAgain) await sendAgain(stage, one, say);
  const arrived = (): [repository: string, dispatch: Dispatch][] =>
    [...world.repositories.values()].flatMap((repository) =>
      repository.dispatches
        .slice(before.get(repository.id) ?? 0)
        .map((dispatch): [string, Dispatch] => [world.fullName(repository), dispatch]),
    );
  await settled(() => arrived().length, one.expected.length);
  await control.idle();
  if (one.trouble) endTrouble(stage, one, issuerSlug);
  const got = arrived().map(([repository, dispatch]) => observe(stage, repository, dispatch));
  for (const { repository, eventType, printed } of got) {
    for (const line of printed)
      say(`${repository} got ${eventType}; its run printed: ${line.replace(/\s+/g, " ").slice(0, 110)}`);
  }
  const failure = one.policy && (await readFailure(stage, one));
  if (one.policy) control.setActionsPolicy(consumerOf(one), null);
  const blocked = one.blocked ? await readBlocked(stage, one) : undefined;
  const tracked = one.tracked && webhooksOf(stage, one.tracked.repository);
  const expected = {
    dispatches: sorted(one.expected),
    ...(one.blocked ? { blocked: one.blocked } : {}),
    ...(one.tracked ? { tracked: one.tracked.webhooks } : {}),
    ...(one.policy ? { failure: one.policy.failure } : {}),
  };
  const seen = {
    dispatches: sorted(got),
    ...(one.blocked ? { blocked } : {}),
    ...(one.tracked ? { tracked } : {}),
    ...(one.policy ? { failure } : {}),
  };
  return { case: one.name, expected, got: seen, ok: isDeepStrictEqual(seen, expected) };
}

async function runProvider({ github }: Stage, one: Case, say: (line: string) => void): Promise<void> {
  const { control } = github;
  const run = await control.startRun({ repository: one.provider, workflow: one.workflow });
  say(`run ${run.id} of ${one.provider} ${one.workflow} is in progress`);
  await control.parts.runs.execute(run);
  say(`run ${run.id} completed: ${control.parts.runs.latest(run).conclusion}`);
  if (one.rerunFailed) {
    await control.rerun(run.id, { failed_only: true, execute: true });
    say(`run ${run.id} attempt 2 completed: ${control.parts.runs.latest(run).conclusion}`);
  }
}

const consumerOf = (one: Case): string => one.expected[0]?.repository ?? "";

/** Makes GitHub as unkind as a case says. */
function beginTrouble(stage: Stage, one: Case, say: (line: string) => void): void {
  const { control, world } = stage.github;
  const { issuerSlug, tokensRevoked, clockAhead } = one.trouble ?? {};
  if (issuerSlug !== undefined) {
    control.configure({ issuerSlug });
    say(`GitHub's OIDC tokens are of the issuer ${stage.github.oidc.tokenIssuer}`);
  }
  if (clockAhead !== undefined) {
    control.advanceClock(-clockAhead * 1000);
    say(`Zekt's clock is ${clockAhead} s ahead of GitHub's`);
  }
  if (tokensRevoked) {
    const [app] = world.apps.values();
    const owner = control.account(consumerOf(one).split("/", 1)[0] as string);
    control.revokeTokens(world.installationOf(app?.id ?? 0, owner.id)?.id ?? 0);
    say(`GitHub took back Zekt's tokens for ${consumerOf(one)}`);
  }
  failDispatches(stage, one, say);
}

function endTrouble({ github }: Stage, { trouble }: Case, issuerSlug: string): void {
  if (trouble?.issuerSlug !== undefined) github.control.configure({ issuerSlug });
  if (trouble?.clockAhead !== undefined) github.control.advanceClock(trouble.clockAhead * 1000);
}

/** Makes GitHub fail the next dispatches to a case's consumer. */
function failDispatches(stage: Stage, one: Case, say: (line: string) => void): void {
  const route = `/repositories/${stage.repositoryId(consumerOf(one))}/dispatches`;
  const dispatches = one.trouble?.dispatches;
  if (!dispatches) return;
  if ("status" in dispatches) {
    stage.github.faults.add({ route, ...dispatches });
    say(
      `GitHub will answer ${dispatches.count} dispatch(es) to ${consumerOf(one)} with ${dispatches.status}`,
    );
  } else {
    stage.github.faults.add({ route, drop: "after", count: dispatches.answerLost });
    say(
      `GitHub will take ${dispatches.answerLost} dispatch(es) to ${consumerOf(one)} and its answer will be lost`,
    );
  }
}

/** Sends a dispatch that has arrived once more, as anybody with a token for the repository can. */
async function sendAgain({ github }: Stage, one: Case, say: (line: string) => void): Promise<void> {
  const { control } = github;
  const consumer = consumerOf(one);
  const { dispatches } = control.repository(consumer);
  await settled(() => dispatches.length, 1);
  await control.idle();
  const last = dispatches.at(-1) as Dispatch;
  const [app] = github.world.apps.values();
  const token = control.userToken(one.sentAgain?.by ?? "", app?.clientId ?? "");
  await fetch(`${github.url}/repos/${consumer}/dispatches`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ event_type: last.eventType, client_payload: last.clientPayload }),
  });
  say(`${one.sentAgain?.by} sends the same dispatch to ${consumer} by hand`);
}

async function replayLast(stage: Stage, one: Case, say: (line: string) => void): Promise<void> {
  const consumer = consumerOf(one);
  const last = stage.github.control.repository(consumer).dispatches.at(-1);
  if (!last) throw new Error(`Nothing has come to ${consumer} yet.`);
  const { deliveryId } = last.clientPayload.zekt as { deliveryId: string };
  const user = `${consumer.split("/", 1)[0]}-dev`;
  const { deliveryId: replay } = await stage.api<{ deliveryId: string }>(
    user,
    "POST",
    `/replay/${deliveryId}`,
  );
  say(`${user} replays ${deliveryId.slice(0, 17)}… as ${replay.slice(0, 17)}…`);
}

/** Returns the outcomes of the webhooks about a repository's runs, from GitHub's log; alike ones count as one. */
const webhooksOf = ({ github }: Stage, repository: string): string[] => {
  const outcomes = github.control
    .deliveries({ event: "workflow_run", repository })
    .map(({ action, statusCode }) => `${action} ${statusCode}`);
  return [...new Set(outcomes)].sort();
};

const keyOf = ({ repository, eventType, runAttempt }: ExpectedDispatch): string =>
  `${repository} ${eventType} ${runAttempt}`;
const sorted = (all: readonly ExpectedDispatch[]) =>
  [...all].sort((a, b) => keyOf(a).localeCompare(keyOf(b)));

/** Waits until as many came as are expected, and then for what ought not to come. */
async function settled(count: () => number, expected: number): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  while (count() < expected && Date.now() < deadline) await pause(20);
  await pause(QUIET);
}

/** Fields of `workflow_run` that would tell who the provider is. */
const NAMING = ["name", "path", "head_branch", "head_sha", "html_url", "actor", "display_title"];

/** Describes a dispatch by the request that GitHub accepted and the lines that its runs printed. */
function observe(
  { github }: Stage,
  repository: string,
  { eventType, clientPayload, runIds }: Dispatch,
): ExpectedDispatch {
  const zekt = clientPayload.zekt as Record<string, unknown>;
  const workflowRun = clientPayload.workflow_run as Record<string, unknown>;
  const { runs } = github.control.parts;
  const printed = runIds.map((id) => {
    const { log, conclusion } = runs.latest(runs.find(id));
    const lines = log.filter((line) => !line.startsWith("##[error]")).join("\n");
    const said = [
      ...lines.matchAll(
        /^(?:received|redeemed|and said) [\s\S]*?(?=\n::|\nDelivery |\n?$(?![\s\S])|\nand said )/gm,
      ),
    ];
    const all = said.map(([text]) => text.trim()).join(" ") || lines;
    return conclusion === "success" ? all : `${conclusion}: ${all}`;
  });
  return {
    repository,
    eventType,
    sourceRepo: zekt.sourceRepo as string,
    message: zekt.payloadRef ? { payloadRef: zekt.payloadRef } : zekt.payload,
    conclusion: workflowRun.conclusion as string,
    runAttempt: workflowRun.run_attempt as number,
    messageAttempt: zekt.messageAttempt as number | null,
    named: NAMING.some((field) => field in workflowRun),
    printed,
  };
}

async function readBlocked(stage: Stage, one: Case): Promise<unknown> {
  const path = `/repositories/${stage.repositoryId(one.provider)}/blocked`;
  const { reasons } = await stage.api<{ reasons: object[] }>("acme-dev", "GET", path);
  return reasons[0];
}

/** Reads the kind of failure of the consumer's last delivery, once it has ended. */
async function readFailure(stage: Stage, one: Case): Promise<string | undefined> {
  const consumer = consumerOf(one);
  const path = `/deliveries?repository=${stage.repositoryId(consumer)}&side=consumer&limit=1`;
  const user = `${consumer.split("/", 1)[0]}-dev`;
  let kind: string | undefined;
  for (let n = 0; n < 50 && kind === undefined; n++) {
    const { items } = await stage.api<{ items: { failure: { kind: string } | null }[] }>(user, "GET", path);
    kind = items[0]?.failure?.kind;
    if (kind === undefined) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return kind;
}
