import type { WorkerDeps } from "../../deps.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { isPassing, Refusal } from "../../domain/refusal.ts";
import type { PlacedProblem } from "../../domain/zekt-yml/read-zekt-file.ts";
import {
  filePathOf,
  serviceOfFile,
  subscriptionOfFile,
  type ZektFile,
} from "../../domain/zekt-yml/zekt-file.ts";
import { problemsWithin } from "../../domain/zekt-yml/zekt-file-rules.ts";
import { listWorkflowFiles } from "../../github/contents.ts";
import { checkAlias, findOwners, type KnownOwners, resolveOwners } from "../catalog/check-service.ts";
import { checkTypes } from "../catalog/check-types.ts";
import type { Offered } from "../catalog/save-service.ts";
import { checkRequest } from "../catalog/subscribe.ts";

/** A file that was checked: what is wrong with it, and the services it offers, with their owners resolved. */
export interface CheckedFile {
  problems: PlacedProblem[];
  offered: Offered[];
  /** Ids of owners that the file names, by login in lower case; of those only that GitHub knows. */
  owners: ReadonlyMap<string, string>;
}

/** Returns the login in a repository's full name, in lower case. */
export const ownerLogin = (fullName: string): string => fullName.toLowerCase().replace(/\/.*/, "");

/** Carries out a check; what it refuses is a problem of the file's entry at a path. */
type Check = (path: readonly PropertyKey[], check: () => Promise<void>) => Promise<void>;

/** Returns the problems of a file's entry from a refusal, at the places in the entry that it names. */
export function problemsOf(path: readonly PropertyKey[], refusal: Refusal): PlacedProblem[] {
  if (refusal.errors.length === 0) return [{ path, message: refusal.message }];
  return refusal.errors.map(({ pointer, detail }) => ({
    path: [...path, ...filePathOf(pointer)],
    message: detail,
  }));
}

/** Checks a file against all that is known before anything of it is applied, so that it is applied whole or not at all. */
export async function checkZektFile(
  deps: WorkerDeps,
  repository: Repository,
  file: ZektFile,
): Promise<CheckedFile> {
  const problems = problemsWithin(file);
  const check: Check = async (path, step) => {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof Refusal) || isPassing(error)) throw error;
      problems.push(...problemsOf(path, error));
    }
  };
  const owners: KnownOwners = new Map([[ownerLogin(repository.fullName), repository.ownerId]]);
  // At once, since a function that works on a file has half a minute, and GitHub may take seconds an answer.
  const [missing] = await Promise.all([
    missingWorkflows(deps, repository, file),
    problems.length === 0 && findOwners(deps, repository, namedOwners(file), owners),
  ]);
  problems.push(...missing);
  const offered = await checkServices(deps, repository, file, owners, check);
  await checkSubscriptions(deps, repository, file, check);
  return { problems, offered, owners };
}

/** Returns the logins of owners that a file approves, beforehand or by the names of their repositories. */
const namedOwners = ({ provider }: ZektFile): string[] => [
  ...(provider?.services ?? []).flatMap((one) => serviceOfFile(one).preapprovedOwners),
  ...(provider?.approvals ?? [])
    .filter(({ decision }) => decision === "approve")
    .map((approval) => ownerLogin(approval.repository)),
];

/** Workflows the file names that are not on the default branch. */
async function missingWorkflows(
  deps: WorkerDeps,
  repository: Repository,
  { provider, consumer }: ZektFile,
): Promise<PlacedProblem[]> {
  const named = [
    ...(provider?.workflows ?? []).map((workflow, index) => ({
      path: ["provider", "workflows", index],
      workflow,
    })),
    ...(consumer?.subscriptions ?? []).flatMap(({ workflow }, index) =>
      workflow === null ? [] : [{ path: ["consumer", "subscriptions", index, "workflow"], workflow }],
    ),
  ];
  if (named.length === 0) return [];
  const there = new Set(await listWorkflowFiles(deps.github, repository));
  return named
    .filter(({ workflow }) => !there.has(workflow))
    .map(({ path, workflow }) => ({ path, message: `there is no ${workflow} on the default branch` }));
}

async function checkServices(
  deps: WorkerDeps,
  repository: Repository,
  { provider }: ZektFile,
  known: KnownOwners,
  check: Check,
): Promise<Offered[]> {
  const offered: Offered[] = [];
  for (const [index, one] of (provider?.services ?? []).entries()) {
    const path = ["provider", "services", index];
    await check(path, async () => await checkAlias(deps, repository, one.alias));
    await check(path, async () => await checkTypes(one.types));
    await check(path, async () => {
      const service = serviceOfFile(one);
      const preapprovedOwners = await resolveOwners(deps, repository, service.preapprovedOwners, known);
      offered.push({ ...service, preapprovedOwners });
    });
  }
  return offered;
}

async function checkSubscriptions(
  deps: WorkerDeps,
  repository: Repository,
  { provider, consumer }: ZektFile,
  check: Check,
): Promise<void> {
  if (!consumer) return;
  const asFile = { ...repository, tracking: consumer.tracking };
  const own = new Set(
    (provider?.services ?? []).map(({ slug }) => `${repository.fullName}/${slug}`.toLowerCase()),
  );
  const seen = new Set<string>();
  for (const [index, one] of consumer.subscriptions.entries()) {
    // A service that this very file offers may not be there yet.
    if (own.has(one.service.toLowerCase())) continue;
    await check(["consumer", "subscriptions", index], async () => {
      const { subscriptionId } = await checkRequest(deps, asFile, subscriptionOfFile(one));
      if (seen.has(subscriptionId)) {
        throw new Refusal("invalid", "This is a service that another entry names already.");
      }
      seen.add(subscriptionId);
    });
  }
}
