import type { Repository } from "../domain/account.ts";
import { serviceIdOf, subscriptionIdOf } from "../domain/ids.ts";
import { Refusal } from "../domain/refusal.ts";
import {
  type FileProblem,
  type ParsedFile,
  parseZektFile,
  serviceOfFile,
  subscriptionOfFile,
  type ZektFile,
} from "../domain/zekt-file.ts";
import { reportCheck } from "../github/checks.ts";
import { readFile } from "../github/contents.ts";
import type { Zekt } from "../zekt.ts";
import { decideSubscription } from "./decide-subscription.ts";
import { disableConsumer, disableTracking, enableConsumer, enableTracking } from "./enable-consumer.ts";
import { disableProvider, enableProvider } from "./enable-provider.ts";
import { findService } from "./find-service.ts";
import { changeService, createService, removeService } from "./save-service.ts";
import { changeSubscription, removeSubscription, requestSubscription } from "./subscribe.ts";
import { unlistWorkflow, whitelistWorkflow } from "./whitelist-workflow.ts";

/** The file by which a repository manages itself. */
export const ZEKT_FILE = ".github/zekt.yml";

/** What applying a file did and what it could not. */
interface Applied {
  changes: string[];
  problems: FileProblem[];
}

/**
 * Brings what is stored of a repository to what its file on the default branch says, and reports on
 * the commit that asked for it. Always reads the branch as it is now, so that pushes may be told in any
 * order and twice. An invalid file changes nothing.
 */
export async function applyZektFile(
  zekt: Zekt,
  { repositoryId, sha }: { repositoryId: string; sha: string | null },
): Promise<Applied> {
  const repository = await zekt.store.accounts.getRepository(repositoryId);
  if (!repository?.reachable) return { changes: [], problems: [] };
  const text = await readFile(zekt.github, repository, ZEKT_FILE);
  if (text === null) {
    await zekt.store.accounts.saveRepository({ repositoryId, managedBy: null });
    return { changes: [`${ZEKT_FILE} is gone; the repository is managed by hand again.`], problems: [] };
  }
  const parsed = parseZektFile(text);
  const applied = parsed.file
    ? await apply(zekt, repository, parsed.file, parsed)
    : { changes: [], problems: parsed.problems };
  if (sha !== null) await report(zekt, repository, sha, applied);
  return applied;
}

async function apply(
  zekt: Zekt,
  repository: Repository,
  file: ZektFile,
  { lineOf }: ParsedFile,
): Promise<Applied> {
  const { repositoryId } = repository;
  await zekt.store.accounts.saveRepository({ repositoryId, managedBy: ZEKT_FILE });
  const changes: string[] = [];
  const problems: FileProblem[] = [];
  const attempt = async (
    path: readonly PropertyKey[],
    what: string,
    step: () => Promise<boolean>,
  ): Promise<void> => {
    try {
      if (await step()) changes.push(what);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problems.push({ line: lineOf(path), message: error.message });
    }
  };
  await applyProvider(zekt, repository, file.provider, attempt);
  await applyConsumer(zekt, repository, file.consumer, attempt);
  return { changes, problems };
}

type Attempt = (path: readonly PropertyKey[], what: string, step: () => Promise<boolean>) => Promise<void>;

async function applyProvider(
  zekt: Zekt,
  repository: Repository,
  provider: ZektFile["provider"],
  attempt: Attempt,
): Promise<void> {
  const { repositoryId } = repository;
  const { catalog } = zekt.store;
  const offer = await catalog.offerOf(repositoryId);
  if (!provider) {
    if (repository.provider) {
      await attempt([], "disabled as a provider", async () =>
        Boolean(await disableProvider(zekt, repositoryId, ZEKT_FILE)),
      );
    }
    return;
  }
  await attempt(["provider"], "enabled as a provider", async () => {
    await enableProvider(zekt, repositoryId, ZEKT_FILE);
    return !repository.provider;
  });
  for (const [index, path] of provider.workflows.entries()) {
    await attempt(["provider", "workflows", index], `whitelisted ${path}`, async () => {
      await whitelistWorkflow(zekt, { repositoryId, path, by: ZEKT_FILE });
      return !offer.workflows.some((known) => known.path === path);
    });
  }
  for (const [index, wanted] of provider.services.entries()) {
    const serviceId = serviceIdOf(repositoryId, wanted.slug);
    const known = offer.services.some((service) => service.serviceId === serviceId);
    const { slug: _, ...change } = serviceOfFile(wanted);
    await attempt(
      ["provider", "services", index],
      `${known ? "changed" : "offered"} service ${wanted.slug}`,
      async () => {
        if (known) await changeService(zekt, serviceId, change as never, ZEKT_FILE);
        else await createService(zekt, repositoryId, serviceOfFile(wanted), ZEKT_FILE);
        return true;
      },
    );
  }
  for (const service of offer.services) {
    if (provider.services.some(({ slug }) => slug === service.slug)) continue;
    await attempt(["provider", "services"], `took back service ${service.slug}`, async () => {
      await removeService(zekt, service.serviceId, ZEKT_FILE);
      return true;
    });
  }
  for (const { path } of offer.workflows) {
    if (provider.workflows.includes(path)) continue;
    await attempt(["provider", "workflows"], `blocked ${path}`, async () => {
      await unlistWorkflow(zekt, { repositoryId, path, by: ZEKT_FILE });
      return true;
    });
  }
  for (const [index, { service, repository: consumer, decision }] of provider.approvals.entries()) {
    await attempt(
      ["provider", "approvals", index],
      `${decision === "approve" ? "approved" : "denied"} ${consumer} for ${service}`,
      async () => {
        const to = await zekt.store.accounts.findRepository(consumer);
        const requests = await catalog.subscriptionsTo(serviceIdOf(repositoryId, service));
        const mine = requests.filter((request) => request.repositoryId === to?.repositoryId);
        // An answer may be given before the question: it holds once the request is there and the file is applied again.
        const status = decision === "approve" ? "approved" : "denied";
        for (const request of mine) await decideSubscription(zekt, request.subscriptionId, status, ZEKT_FILE);
        return mine.some((request) => request.status !== status);
      },
    );
  }
}

async function applyConsumer(
  zekt: Zekt,
  repository: Repository,
  consumer: ZektFile["consumer"],
  attempt: Attempt,
): Promise<void> {
  const { repositoryId } = repository;
  if (!consumer) {
    if (repository.consumer) {
      await attempt([], "disabled as a consumer", async () =>
        Boolean(await disableConsumer(zekt, repositoryId, ZEKT_FILE)),
      );
    }
    return;
  }
  await attempt(["consumer"], "enabled as a consumer", async () => {
    await enableConsumer(zekt, repositoryId, ZEKT_FILE);
    return !repository.consumer;
  });
  await attempt(["consumer", "tracking"], `tracking ${consumer.tracking ? "on" : "off"}`, async () => {
    if (consumer.tracking === repository.tracking) return false;
    await (consumer.tracking ? enableTracking : disableTracking)(zekt, repositoryId, ZEKT_FILE);
    return true;
  });
  const standing = await zekt.store.catalog.subscriptionsOf(repositoryId);
  const wantedIds = new Set<string>();
  for (const [index, one] of consumer.subscriptions.entries()) {
    const wanted = subscriptionOfFile(one);
    await attempt(["consumer", "subscriptions", index], `subscribed to ${one.service}`, async () => {
      const service = await findService(zekt, one.service, { ...repository, workflow: one.workflow });
      const id = service && subscriptionIdOf(service.serviceId, repositoryId, one.workflow);
      const known = standing.find(({ subscriptionId }) => subscriptionId === id);
      if (known) wantedIds.add(known.subscriptionId);
      const { subscriptionId, status } = await requestSubscription(zekt, repositoryId, wanted, ZEKT_FILE);
      wantedIds.add(subscriptionId);
      if (known)
        await changeSubscription(
          zekt,
          subscriptionId,
          { eventTypes: wanted.eventTypes, durable: wanted.durable as never },
          ZEKT_FILE,
        );
      return known?.status !== status;
    });
  }
  for (const subscription of standing) {
    if (wantedIds.has(subscription.subscriptionId)) continue;
    await attempt(
      ["consumer", "subscriptions"],
      `ended subscription ${subscription.subscriptionId}`,
      async () => {
        await removeSubscription(zekt, subscription.subscriptionId, ZEKT_FILE);
        return true;
      },
    );
  }
}

async function report(
  zekt: Zekt,
  repository: Repository,
  sha: string,
  { changes, problems }: Applied,
): Promise<void> {
  const failed = problems.length > 0;
  const list = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join("\n");
  const done = changes.length > 0 ? `Done:\n${list(changes)}` : "Nothing had to change.";
  try {
    await reportCheck(zekt.github, repository, {
      name: "Zekt",
      sha,
      conclusion: failed ? "failure" : "success",
      title: failed
        ? `${problems.length} thing${problems.length === 1 ? "" : "s"} to mend in ${ZEKT_FILE}`
        : `${ZEKT_FILE} is in force`,
      summary: failed
        ? `${list(problems.map(({ line, message }) => `line ${line}: ${message}`))}\n\n${done}`
        : done,
      annotations: problems.map(({ line, message }) => ({ path: ZEKT_FILE, line, message })),
    });
  } catch (error) {
    zekt.log.warn(
      { err: error, repositoryId: repository.repositoryId },
      "the check on zekt.yml could not be reported",
    );
  }
}
