import { zektOf } from "../../harness/world.ts";
import type { ZektProcess } from "../../harness/zekt-process.ts";
import { check, type Happened, MESSAGE_TYPE, needleOf } from "./happened.ts";

/** A durable subscriber whose runs Zekt follows by webhook alone, each named after its delivery. */
export const FOLLOWED = "vandelay/repo";
/** The approved subscribers: two durable, one default. */
export const CONSUMERS = ["initech/repo", "hooli/repo", FOLLOWED];
/** A subscriber that was never approved. */
export const OUTSIDER = "umbrella/repo";

/** A delivery as the API lists it. */
export interface Listed {
  deliveryId: string;
  correlationId: string;
  eventType: string;
  status: string;
  isFinalized: boolean;
  durable: boolean;
  failure: { stage: string } | null;
  consumer: { fullName: string | null };
  attempts: { outcome: string; possibleDuplicate: boolean }[];
  next: { at: string } | null;
}

/** Returns whether a delivery says that it did not arrive, or that nobody knows whether it did. */
const saysSo = ({ status, attempts }: Listed): boolean =>
  status === "Failed" || (status === "Dispatched" && attempts.at(-1)?.outcome === "unknown");

/** Returns whether a run has all its deliveries: one for each consumer of its end, and of its message. */
export function isWhole({ messages }: Happened, runId: string, deliveries: number): boolean {
  const sent = messages.get(runId);
  const whole = CONSUMERS.length * (sent === "stored" ? 2 : 1);
  // A message of which nobody heard whether it was stored may have been.
  return deliveries === whole || (sent === "unheard" && deliveries === 2 * CONSUMERS.length);
}

/**
 * Returns whether a durable delivery rightly says that nobody knows how its run ended. Each run that it names ended
 * before it could say whose it was. It is not dispatched again then, since it may have arrived.
 */
const isUnknown = (reason: string | undefined, { silent }: Happened): boolean => {
  const runs = /^How its run ended is not known: it may be (.+?)(?: and \d+ more)?\. /.exec(
    reason ?? "",
  )?.[1];
  return runs?.split(", ").every((run) => silent.has(run.replace(/ \(.*/, ""))) ?? false;
};

/**
 * Holds what GitHub received and what Zekt lists against what happened.
 *
 * @param reasons - why durable deliveries ended of which nobody knows how their runs ended, by their ids
 * @throws Error naming the invariant that does not hold, and the seed
 */
export function judge(
  deps: ZektProcess,
  listed: readonly Listed[],
  reasons: ReadonlyMap<string, string>,
  happened: Happened,
) {
  const { accepted, all } = happened;
  const hold = (holds: boolean, what: string): void => check(holds, happened, what);
  const runs = Map.groupBy(listed, ({ correlationId }) => correlationId);
  for (const id of new Set([...accepted, ...runs.keys()])) {
    const count = runs.get(id)?.length ?? 0;
    hold(all.has(id) && isWhole(happened, id, count), `Run ${id} has ${count} deliveries`);
  }
  for (const { deliveryId, status } of listed)
    if (happened.completed.has(deliveryId))
      hold(status === "Completed", `${deliveryId} was completed, and is ${status}`);
  judgeOutsider(deps, listed, hold);
  const totals = { dispatches: 0, repeated: 0, recorded: 0 };
  for (const consumer of CONSUMERS) {
    const of = listed.filter(({ consumer: { fullName } }) => fullName === consumer);
    const one = judgeConsumer(deps, consumer, of, reasons, happened);
    totals.dispatches += one.dispatches;
    totals.repeated += one.repeated;
    totals.recorded += one.recorded;
  }
  return totals;
}

type Hold = (holds: boolean, what: string) => void;

function judgeOutsider(deps: ZektProcess, listed: readonly Listed[], hold: Hold): void {
  const { dispatches } = deps.github.control.repository(OUTSIDER);
  hold(dispatches.length === 0, `${OUTSIDER} was never approved, and received ${dispatches.length} events`);
  const planned = listed.some(({ consumer: { fullName } }) => fullName === OUTSIDER);
  hold(!planned, `${OUTSIDER} was never approved, and has deliveries`);
}

function judgeConsumer(
  deps: ZektProcess,
  consumer: string,
  listed: readonly Listed[],
  reasons: ReadonlyMap<string, string>,
  happened: Happened,
): { dispatches: number; repeated: number; recorded: number } {
  const hold: Hold = (holds, what) => check(holds, happened, what);
  const received = deps.github.control.repository(consumer).dispatches.map(zektOf);
  const byDelivery = Map.groupBy(received, ({ deliveryId }) => deliveryId as string);
  const known = new Map(listed.map((one) => [one.deliveryId, one]));
  const unlisted = [...byDelivery.keys()].filter((id) => !known.has(id));
  hold(
    unlisted.length === 0,
    `${consumer} received ${unlisted.length} of ${byDelivery.size} deliveries of which nothing is listed, ${unlisted[0]} first; ${listed.length} are listed`,
  );
  for (const [id, arrived] of byDelivery) {
    const one = known.get(id);
    // One that was on its way when Zekt was killed may arrive after the one that was sent again.
    const unsaid = arrived.filter(({ possibleDuplicate }) => possibleDuplicate !== true);
    const attempts = arrived.map(({ attempt }) => attempt);
    hold(unsaid.length <= 1, `${consumer} received ${id} twice, and was not told so: attempts ${attempts}`);
    if (one?.eventType !== MESSAGE_TYPE) continue;
    const said = { needle: needleOf(one.correlationId) };
    for (const { payload } of arrived)
      hold(
        JSON.stringify(payload) === JSON.stringify(said),
        `${consumer} received ${id} with another message`,
      );
  }
  const kinds = Map.groupBy(listed, ({ correlationId, eventType }) => `${eventType} of run ${correlationId}`);
  for (const [kind, deliveries] of kinds)
    hold(deliveries.length === 1, `${consumer} has ${kind} as ${deliveries.length} deliveries`);
  let recorded = 0;
  for (const one of listed) {
    if (byDelivery.has(one.deliveryId) || !happened.accepted.has(one.correlationId)) continue;
    const reason = reasons.get(one.deliveryId);
    const said = consumer === "hooli/repo" ? saysSo(one) : isUnknown(reason, happened);
    hold(said, `${consumer} never received what was accepted: ${JSON.stringify(one)}, ${reason}`);
    recorded += 1;
  }
  return { dispatches: received.length, repeated: received.length - byDelivery.size, recorded };
}

/** Whatever looks like a token or a key, of GitHub's or of a step. */
const TOKEN = /gh[a-z]_\w{8}|v1\.[0-9a-f]{40}|eyJ[\w-]+\.eyJ|-----BEGIN/;

/** Holds Zekt's log against what it must not tell. */
export function judgeLog(log: string, happened: Happened): void {
  check(
    log.includes('"event":"delivery.dispatched"'),
    happened,
    "The log tells of no delivery, so that it proves nothing",
  );
  const [token] = TOKEN.exec(log) ?? [];
  check(token === undefined, happened, `The log holds what looks like a token: ${token}`);
  for (const [secret, what] of happened.secrets)
    check(!log.includes(secret), happened, `The log holds ${what}: ${lineWith(log, secret)}`);
}

const lineWith = (log: string, text: string): string | undefined =>
  log.split("\n").find((line) => line.includes(text));
