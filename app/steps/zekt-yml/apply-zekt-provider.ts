import type { WorkerDeps } from "../../deps.ts";
import { changeInWords, concerns, offerChanges } from "../../domain/catalog/offer-changes.ts";
import { serviceName, subscriptionName } from "../../domain/catalog/service-name.ts";
import { iso } from "../../domain/clock.ts";
import { isForOwner, type PresetDecision } from "../../domain/records/preset-decision.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Service } from "../../domain/records/service.ts";
import { ENDED_STATUSES, type Subscription } from "../../domain/records/subscription.ts";
import { ZEKT_FILE, type ZektFile } from "../../domain/zekt-yml/zekt-file.ts";
import { disableProvider, enableProvider } from "../catalog/enable-provider.ts";
import { deleteService, type Offered, saveService } from "../catalog/save-service.ts";
import { updateSubscription } from "../catalog/update-subscription.ts";
import { type CheckedFile, ownerLogin } from "./check-zekt-file.ts";
import { type Attempt, type Done, switchPart } from "./result.ts";

/** Brings a repository's being a provider to what its file, already checked, says; adds notes of what it leaves alone. */
export async function applyProvider(
  deps: WorkerDeps,
  repository: Repository,
  provider: ZektFile["provider"],
  { offered, owners }: Pick<CheckedFile, "offered" | "owners">,
  attempt: Attempt,
  notes: string[],
): Promise<void> {
  const { repositoryId } = repository;
  if (!provider) {
    if (!repository.provider) return;
    await attempt([], async (done) => {
      const step = () => disableProvider(deps, repositoryId, ZEKT_FILE);
      await switchPart(deps, repository, "provider", step, () => done("disabled as a provider"));
    });
    return;
  }
  if (!repository.provider || repository.hook === null || repository.hookProblem !== null) {
    const enabled = await attempt(["provider"], async (done) => {
      await enableProvider(deps, repositoryId, ZEKT_FILE);
      done(repository.provider ? "fixed the webhook" : "enabled as a provider");
    });
    if (!enabled) return;
  }
  await attempt(["provider"], async (done) => {
    notes.push(...(await breakingNotes(deps, repositoryId, offered)));
    await applyOffer(deps, repository, provider.workflows, offered, done);
  });
  await attempt(
    ["provider", "approvals"],
    async (done) => await applyAnswers(deps, repository, provider, owners, notes, done),
  );
}

/** Returns what the file breaks for subscribers, each with those that it concerns. */
async function breakingNotes(
  deps: WorkerDeps,
  repositoryId: string,
  offered: readonly Offered[],
): Promise<string[]> {
  const { catalog, accounts } = deps.store;
  const { services } = await catalog.offerOf(repositoryId);
  const notes: string[] = [];
  for (const change of offerChanges(services, offered)) {
    const service = services.find(({ slug }) => slug === change.slug) as Service;
    const wanting = (await catalog.subscriptionsTo(service.serviceId)).filter((one) => concerns(change, one));
    const consumers = await accounts.getRepositories(wanting.map((one) => one.repositoryId));
    if (consumers.length > 0)
      notes.push(changeInWords(change, consumers.map(({ fullName }) => fullName).sort()));
  }
  return notes;
}

/** Brings workflows and services to what is wanted, what is new before what depends on it. */
async function applyOffer(
  deps: WorkerDeps,
  repository: Repository,
  workflows: readonly string[],
  offered: readonly Offered[],
  done: Done,
): Promise<void> {
  const { repositoryId } = repository;
  const { catalog } = deps.store;
  const addedAt = iso(deps.clock.now());
  for (const path of workflows) {
    const added = await catalog.addWorkflow({ repositoryId, path, addedAt, addedBy: ZEKT_FILE });
    if (added) done(`whitelisted ${path}`);
  }
  for (const one of offered) {
    const change = await saveService(deps, repository, one);
    if (change !== "kept") done(`${change} service ${one.slug}`);
  }
  const stored = await catalog.offerOf(repositoryId);
  for (const service of stored.services) {
    if (offered.some(({ slug }) => slug === service.slug)) continue;
    const isRemoved = await deleteService(deps, repository, service, async (subscription, subject) =>
      done(null, { action: "subscription-removed", subscription, subject }),
    );
    if (isRemoved) done(`removed service ${service.slug}`);
  }
  for (const workflow of stored.workflows) {
    if (workflows.includes(workflow.path)) continue;
    if (await catalog.removeWorkflow(workflow)) done(`blocked ${workflow.path}`);
  }
}

/** Stores the file's answers for requests to come, and gives them to those that are there. */
async function applyAnswers(
  deps: WorkerDeps,
  repository: Repository,
  { services, approvals }: NonNullable<ZektFile["provider"]>,
  owners: CheckedFile["owners"],
  notes: string[],
  done: Done,
): Promise<void> {
  const { catalog } = deps.store;
  const { repositoryId } = repository;
  for (const { slug } of services) {
    const service = await catalog.findBySlug(repositoryId, slug);
    if (!service) continue;
    const { serviceId } = service;
    const answers = approvals
      .filter((one) => one.service === slug)
      .map(
        ({ repository, decision }): PresetDecision => ({
          serviceId,
          repository: repository.toLowerCase(),
          ...(decision === "approve"
            ? { decision: "approved", ownerId: owners.get(ownerLogin(repository)) ?? null }
            : { decision: "denied" }),
        }),
      );
    for (const { repository } of answers.filter((one) => one.ownerId === null))
      notes.push(
        `${repository} is approved for nobody, as GitHub knows no owner ${ownerLogin(repository)}; push again once there is one`,
      );
    const before = await catalog.presetDecisionsOf(serviceId);
    const given = { service, repository, answers, before };
    // First what a new line undoes: once the lines are stored, a repetition takes it for one that stood before.
    if (answers.some((one) => one.decision === "approved" && !hasStood(one, before)))
      await answerSubscribers(deps, { ...given, isAgain: true }, notes, done);
    await replacePresetDecisions(deps, serviceId, answers);
    await answerSubscribers(deps, given, notes, done);
  }
}

const hasStood = (answer: PresetDecision, before: readonly PresetDecision[]): boolean =>
  before.some((one) => one.repository === answer.repository && one.decision === answer.decision);

interface Given {
  service: Service;
  repository: Repository;
  answers: readonly PresetDecision[];
  /** The answers that were stored. */
  before: readonly PresetDecision[];
  /** Asks for those alone that a person revoked and a new line approves. */
  isAgain?: boolean;
}

/** Gives the file's answers to the subscriptions to a service. */
async function answerSubscribers(
  deps: WorkerDeps,
  { service, repository, answers, before, isAgain = false }: Given,
  notes: string[],
  done: Done,
): Promise<void> {
  const { catalog, accounts } = deps.store;
  const { slug } = service;
  const subscriptions = await catalog.subscriptionsTo(service.serviceId);
  const consumers = await accounts.getRepositories(subscriptions.map((one) => one.repositoryId));
  for (const subscription of subscriptions) {
    const consumer = consumers.find((one) => one.repositoryId === subscription.repositoryId);
    if (!consumer) continue;
    const answer = answers.find(
      (one) => one.repository === consumer.fullName.toLowerCase() && isForOwner(one, consumer.ownerId),
    );
    // A line that is new is a later decision than the revocation; one that stood before is not.
    const isUndone =
      answer?.decision === "approved" && !hasStood(answer, before) && isRevokedByHand(subscription);
    if (isAgain && !isUndone) continue;
    if (answer?.decision === "approved" && !isUndone && isRevokedByHand(subscription)) {
      notes.push(
        `${consumer.fullName} for ${slug} was revoked by ${subscription.decidedBy} and stays revoked; to approve it again, remove its line, push, and add the line again`,
      );
      continue;
    }
    const status = await give(deps, service, subscription, answer?.decision ?? null);
    if (status === null) continue;
    const subject = subscriptionName(consumer.fullName, serviceName(service, repository));
    done(`${status} ${consumer.fullName} for ${slug}`, {
      action: `subscription-${status}`,
      subscription,
      subject,
    });
  }
}

async function replacePresetDecisions(
  deps: WorkerDeps,
  serviceId: string,
  answers: readonly PresetDecision[],
): Promise<void> {
  const { catalog } = deps.store;
  for (const stored of await catalog.presetDecisionsOf(serviceId)) {
    if (!answers.some(({ repository }) => repository === stored.repository))
      await catalog.removePresetDecision(stored);
  }
  for (const answer of answers) await catalog.putPresetDecision(answer);
}

/** Returns whether a person revoked a subscription, which a file's line does not undo. */
const isRevokedByHand = ({ status, decidedBy }: Subscription): boolean =>
  status === "revoked" && decidedBy !== ZEKT_FILE && decidedBy !== ENDED_STATUSES;

/** A status that an answer gives to a subscription. */
type Answer = Exclude<Subscription["status"], "requested">;

/** Gives the file's answer to a subscription. Returns what became of it, or null where nothing did. */
async function give(
  deps: WorkerDeps,
  service: Service,
  subscription: Subscription,
  decision: PresetDecision["decision"] | null,
): Promise<Answer | null> {
  let became: Answer | null = null;
  const decided = { decidedAt: iso(deps.clock.now()), decidedBy: ZEKT_FILE };
  await updateSubscription(deps, subscription, (current) => {
    became = answered(service, current, decision);
    return became && { status: became, ...decided };
  });
  return became;
}

/** The status that a subscription gets by an answer; null where it keeps its own. */
function answered(
  service: Service,
  { status, ownerId, decidedBy }: Subscription,
  decision: PresetDecision["decision"] | null,
): Answer | null {
  if (decision === "approved") return status === "approved" ? null : "approved";
  if (decision === "denied") {
    if (status === "requested") return "denied";
    return status === "approved" ? "revoked" : null;
  }
  // An approval that a line of the file gave goes with the line.
  const orphaned = status === "approved" && decidedBy === ZEKT_FILE;
  return orphaned && !service.preapprovedOwners.includes(ownerId) ? "revoked" : null;
}
