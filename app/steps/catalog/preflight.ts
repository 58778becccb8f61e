import type { ApiDeps } from "../../deps.ts";
import { type ExampleWorkflow, exampleWorkflow } from "../../domain/catalog/example-workflow.ts";
import { listensTo } from "../../domain/delivery/dispatch-types.ts";
import { startsWorkflow } from "../../domain/delivery/start.ts";
import { canConfirm } from "../../domain/delivery/tracking.ts";
import { missingPermissions } from "../../domain/installations/installation.ts";
import type { Account } from "../../domain/records/account.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Service } from "../../domain/records/service.ts";
import type { StartEvent, Subscription } from "../../domain/records/subscription.ts";
import { Refusal } from "../../domain/refusal.ts";
import { isArchived } from "../../github/kept-out.ts";
import { findDisabledWorkflows } from "../../github/workflow-states.ts";
import { type FoundListeners, findListeners, type Listener } from "../delivery/find-listeners.ts";
import { findHazards } from "./preflight-hazards.ts";
import { lastRunObstacles } from "./preflight-last-runs.ts";
import { findShared, type Warning, warnOfRuns } from "./preflight-pairing.ts";
import { WORKFLOW_STATES, workflowObstacles } from "./preflight-workflow.ts";
import { requireSubscription } from "./subscribe.ts";

/** Something that would stop a subscription's deliveries. */
export interface Obstacle {
  code:
    | "not-approved"
    | "service-withdrawn"
    | "provider-disabled"
    | "not-installed"
    | "suspended"
    | "missing-permission"
    | "not-enabled"
    | "archived"
    | "no-key"
    | "no-listener"
    | "workflow-missing"
    | "workflow-refused"
    | "workflow-inputs"
    | "workflow-disabled"
    | "run-not-begun"
    | "type-shared"
    | "unconfirmable"
    | "actions-unlocked"
    | "unreadable";
  /** The problem, and who can fix it. */
  message: string;
  /** The page on which it is mended; null where that is for the other side to do. */
  link: string | null;
}

export interface Preflight {
  obstacles: Obstacle[];
  /** Things that stop not every delivery, or leave less known of it. */
  warnings: Warning[];
  /** Workflows of the consumer's default branch that a dispatch can start. */
  listeners: Pick<Listener, "path" | "types">[];
  /** Workflows that would take the deliveries, one for each way of starting, ready to be committed. */
  examples: Example[];
}

type Example = ExampleWorkflow & { start: StartEvent };

/** Refusals by which a file of the consumer's cannot be read: for want of a permission, or for its size. */
const UNREADABLE: readonly string[] = ["forbidden", "too-large"];

/**
 * Finds what would stop the deliveries of a subscription, as its consumer: what it finds of the
 * provider names nobody behind an alias.
 */
export async function preflight(deps: ApiDeps, subscriptionId: string): Promise<Preflight> {
  const subscription = await requireSubscription(deps, subscriptionId);
  const { accounts, catalog } = deps.store;
  const [repository, account, service, provider] = await Promise.all([
    accounts.getRepository(subscription.repositoryId),
    accounts.getAccount(subscription.ownerId),
    catalog.getService({
      serviceId: subscription.serviceId,
      repositoryId: subscription.providerRepositoryId,
    }),
    accounts.getRepository(subscription.providerRepositoryId),
  ]);
  const obstacles = [
    ...ofProvider(subscription, service, provider),
    ...ofInstallation(deps, account, repository, subscription),
    ...ofRepository(deps, repository),
    ...ofKeys(deps, repository, service),
    ...ofDurable(deps, repository, subscription),
  ];
  const examples = examplesFor(deps, subscription, service, provider);
  if (!repository?.reachable) return { obstacles, warnings: [], listeners: [], examples };
  try {
    obstacles.push(...(await ofArchive(deps, repository)));
    const { workflow } = subscription;
    if (startsWorkflow(subscription) && workflow !== null) {
      const example = exampleOf(examples, "workflow_dispatch");
      const found = await workflowObstacles(deps, repository, { ...subscription, workflow }, example);
      const listeners = found.listens ? [{ path: workflow, types: null }] : [];
      obstacles.push(...found.obstacles);
      if (!found.hazards) return { obstacles, warnings: [], listeners, examples };
      const file = { path: workflow, ...found.hazards };
      const hazards = await findHazards(deps, repository, [file], subscription.ref ?? undefined);
      obstacles.push(...hazards.obstacles);
      return { obstacles, warnings: hazards.warnings, listeners, examples };
    }
    const [all, disabled] = await Promise.all([
      findListeners(deps, repository, subscription.workflow),
      findDisabledWorkflows(deps.github, repository),
    ]);
    const found = { ...all, listeners: all.listeners.filter(({ path }) => !disabled.has(path)) };
    const wanted = wantedOf(subscription, service);
    const off = missedWhileOff(all.listeners, found.listeners, subscription, wanted);
    obstacles.push(
      ...ofDisabled(deps, repository, off, disabled),
      ...ofRefused(deps, repository, subscription, found),
      ...ofWorkflows(
        deps,
        repository,
        subscription,
        service,
        exampleOf(examples),
        found,
        off.some(({ path }) => path === workflow),
      ),
      ...(await lastRunObstacles(deps, repository, found)),
    );
    obstacles.push(...(await findShared(deps, repository, subscription)));
    const takers = found.listeners.filter(
      ({ path, types }) =>
        (workflow === null || path === workflow) &&
        (wanted.length === 0 || wanted.some((type) => listensTo(types, type))),
    );
    const hazards = await findHazards(deps, repository, takers);
    obstacles.push(...hazards.obstacles);
    const warnings = [...warnOfRuns(deps, repository, subscription, found.listeners), ...hazards.warnings];
    const listeners = found.listeners.map(({ path, types }) => ({ path, types }));
    return { obstacles, warnings, listeners, examples };
  } catch (error) {
    if (!(error instanceof Refusal && UNREADABLE.includes(error.code))) throw error;
    const link = account && deps.links.installation(account);
    obstacles.push({ code: "unreadable", message: error.message, link });
    return { obstacles, warnings: [], listeners: [], examples };
  }
}

const exampleOf = (examples: readonly Example[], by: StartEvent = "repository_dispatch"): Example =>
  examples.find(({ start }) => start === by) as Example;

function examplesFor(
  deps: ApiDeps,
  subscription: Subscription,
  service: Service | null,
  provider: Repository | null,
): Example[] {
  return (["repository_dispatch", "workflow_dispatch"] as const).map((start) => ({
    start,
    ...exampleWorkflow({
      service: {
        slug: service?.slug ?? "zekt",
        provider: service?.alias ?? provider?.fullName.split("/", 1)[0] ?? "zekt",
      },
      eventTypes: wantedOf(subscription, service),
      apiUrl: deps.settings.publicUrl,
      actions: deps.settings.actions,
      durable: subscription.durable !== null,
      shielded: service?.shield === "required",
      start,
    }),
  }));
}

function ofProvider(
  { status }: Subscription,
  service: Service | null,
  provider: Repository | null,
): Obstacle[] {
  const found: Obstacle[] = [];
  const add = (code: Obstacle["code"], message: string) => found.push({ code, message, link: null });
  if (status === "requested") add("not-approved", "The provider has not answered the request yet.");
  else if (status !== "approved") add("not-approved", `The provider has ${status} the subscription.`);
  if (!service?.published) add("service-withdrawn", "The provider does not offer the service any more.");
  else if (!provider?.provider || !provider.reachable)
    add("provider-disabled", "The provider's repository is not enabled; nothing leaves it.");
  return found;
}

function ofInstallation(
  deps: ApiDeps,
  account: Account | null,
  repository: Repository | null,
  subscription: Subscription,
): Obstacle[] {
  if (account?.installation === "suspended") {
    const message = `The App's installation on ${account.login} is suspended; its owner can end that.`;
    return [{ code: "suspended", message, link: deps.links.installation(account) }];
  }
  if (!account || !repository?.reachable) {
    const link = account ? deps.links.installation(account) : deps.links.install;
    const message = `The App is not installed on ${repository?.fullName ?? "the repository"}.`;
    return [{ code: "not-installed", message, link }];
  }
  // What else the App asks for stops no delivery.
  const exact = startsWorkflow(subscription);
  const needed = [
    ...(exact ? [] : ["contents: write"]),
    ...(repository.tracking ? ["repository_hooks: write"] : []),
  ];
  const missing = missingPermissions(account.permissions).filter((one) => needed.includes(one));
  // The App does not ask every owner for it: the operator has to.
  if (exact && account.permissions.actions !== "write") missing.push("actions: write");
  return missing.map((permission) => ({
    code: "missing-permission",
    message: `The installation on ${account.login} has not granted ${permission}; its owner can accept it.`,
    link: deps.links.installation(account),
  }));
}

function ofRepository(deps: ApiDeps, repository: Repository | null): Obstacle[] {
  if (!repository?.reachable || repository.consumer) return [];
  const message = `${repository.fullName} is not enabled as a consumer.`;
  const link =
    repository.managedBy === null
      ? `${deps.settings.publicUrl}/console/consumer?repository=${repository.repositoryId}`
      : deps.links.file(repository, repository.managedBy);
  return [{ code: "not-enabled", message, link }];
}

/** Names a repository that its owner archived. */
async function ofArchive(deps: ApiDeps, repository: Repository): Promise<Obstacle[]> {
  if (!(await isArchived(deps.github, repository, { contents: "read" }))) return [];
  const message = `${repository.fullName} is archived on GitHub: it takes no dispatch and runs no workflow. Unarchive it under Settings → General.`;
  return [{ code: "archived", message, link: deps.links.settings(repository) }];
}

/** Names a repository without the key that its service's messages are encrypted to. */
function ofKeys(deps: ApiDeps, repository: Repository | null, service: Service | null): Obstacle[] {
  if (service?.shield !== "required" || !repository?.reachable) return [];
  if ((repository.shieldKeys ?? []).length > 0) return [];
  const message = `The service's messages are encrypted, and ${repository.fullName} has no key: none can be sent, to any subscriber. Register one.`;
  const link = `${deps.settings.publicUrl}/console/consumer/${repository.repositoryId}/keys`;
  return [{ code: "no-key", message, link }];
}

/** Names a durable subscription that nothing can confirm: neither tracking nor the action. */
function ofDurable(deps: ApiDeps, repository: Repository | null, subscription: Subscription): Obstacle[] {
  if (!repository || subscription.durable === null || startsWorkflow(subscription)) return [];
  if (canConfirm(repository)) return [];
  const { fullName, repositoryId } = repository;
  const message = `Delivery is durable, but nothing can confirm it: turn on completion tracking for ${fullName}, use the confirm action in its workflow, or turn durable delivery off.`;
  const link = `${deps.settings.publicUrl}/console/consumer/${repositoryId}`;
  return [{ code: "unconfirmable", message, link }];
}

/** Event types that a workflow should listen to; none where any might come. */
const wantedOf = (subscription: Subscription, service: Service | null): string[] =>
  subscription.eventTypes.length > 0 ? subscription.eventTypes : (service?.eventTypes ?? []);

/** Names the files that GitHub does not run, of those that may be meant. */
function ofRefused(
  deps: ApiDeps,
  repository: Repository,
  { workflow }: Subscription,
  { refused }: FoundListeners,
): Obstacle[] {
  return refused
    .filter(({ path }) => workflow === null || path === workflow)
    .map(({ path, line, message }) => ({
      code: "workflow-refused",
      message: `GitHub refuses ${path} on ${repository.defaultBranch} of ${repository.fullName}, line ${line}: ${message}`,
      link: deps.links.file(repository, path),
    }));
}

/** Returns the workflows that are switched off and would be needed: the one that is named, or the only ones for a type. */
function missedWhileOff(
  all: readonly Listener[],
  on: readonly Listener[],
  { workflow }: Subscription,
  wanted: readonly string[],
): Listener[] {
  const off = all.filter((one) => !on.includes(one));
  if (workflow !== null) return off.filter(({ path }) => path === workflow);
  if (wanted.length === 0) return on.length === 0 ? off : [];
  const unserved = wanted.filter((type) => !on.some(({ types }) => listensTo(types, type)));
  return off.filter(({ types }) => unserved.some((type) => listensTo(types, type)));
}

/** Names the workflows that are switched off: no dispatch starts them. */
const ofDisabled = (
  deps: ApiDeps,
  repository: Repository,
  off: readonly Listener[],
  disabled: ReadonlyMap<string, string>,
): Obstacle[] =>
  off.map(({ path }) => ({
    code: "workflow-disabled",
    message: `${path} is disabled in ${repository.fullName}: ${WORKFLOW_STATES[disabled.get(path) ?? ""] ?? "GitHub does not run it"}. Enable it on its page.`,
    link: deps.links.workflow(repository, path),
  }));

function ofWorkflows(
  deps: ApiDeps,
  repository: Repository,
  subscription: Subscription,
  service: Service | null,
  example: Example,
  { listeners: all, refused, files, read }: FoundListeners,
  isOff: boolean,
): Obstacle[] {
  const { workflow } = subscription;
  const { fullName, defaultBranch } = repository;
  const wanted = wantedOf(subscription, service);
  const listeners = workflow === null ? all : all.filter(({ path }) => path === workflow);
  // What is wrong with the one that is named has been told.
  if (workflow !== null && (isOff || refused.some(({ path }) => path === workflow))) return [];
  if (workflow !== null && listeners.length === 0) {
    const message = `${workflow} is not on ${defaultBranch} of ${fullName}, or does not listen to repository_dispatch.`;
    const link = deps.links.newFile(repository, { ...example, path: workflow });
    return [{ code: "workflow-missing", message, link }];
  }
  const unnamed = read < files ? `None of the first ${read} of ${files} workflows` : "No workflow";
  const which = workflow ?? unnamed;
  const verb = workflow === null ? "listens" : "does not listen";
  const missing = (what: string): Obstacle => ({
    code: "no-listener",
    message: `${which} on ${defaultBranch} of ${fullName} ${verb} to ${what} (on: repository_dispatch: types).`,
    link: workflow === null ? deps.links.newFile(repository, example) : deps.links.file(repository, workflow),
  });
  if (wanted.length === 0) return listeners.length === 0 ? [missing("repository_dispatch")] : [];
  return wanted
    .filter((type) => !listeners.some(({ types }) => listensTo(types, type)))
    .map((type) => missing(`the event type ${type}`));
}
