import type {
  InstallationRepositoriesEvent,
  PushEvent,
  RepositoryEvent,
  WorkflowRunEvent,
} from "@octokit/webhooks-types";
import type { Probot } from "probot";
import type { IntakeDeps } from "../deps.ts";
import { iso } from "../domain/clock.ts";
import { ZEKT_FILE } from "../domain/zekt-yml/zekt-file-path.ts";
import { ingest } from "../steps/intake/ingest.ts";
import type { BackgroundJob } from "../store/queues.ts";

/** More repositories at once than this are looked up by listing them all. */
const MAX_LOOKED_UP = 100;
/** GitHub lists no more commits of a push: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
const MAX_COMMITS = 2048;

interface OfOwner {
  owner: { id: number };
}

/** The fields with which each installation event names its account; a rename names it in `account`. */
interface OfInstallation {
  action?: string;
  installation?: { id: number; account?: { id: number } };
  account?: { id: number };
}

/**
 * The Probot app: GitHub's events to steps. Each event of the App says only that something changed. The current state
 * is asked of GitHub later, outside the request, whatever came first, late or twice.
 */
export const probotApp =
  (deps: IntakeDeps) =>
  (app: Probot): void => {
    const enqueue = (jobs: readonly BackgroundJob[]): Promise<void> => deps.store.jobs.enqueue(jobs);
    app.on(
      [
        "installation.created",
        "installation.deleted",
        "installation.suspend",
        "installation.unsuspend",
        "installation.new_permissions_accepted",
        "installation_target.renamed",
      ],
      async ({ payload }) => await enqueue(installationJobs(payload as unknown as OfInstallation)),
    );
    app.on("installation_repositories", async ({ payload }) => {
      await enqueue(selectionJobs(payload as unknown as InstallationRepositoriesEvent));
    });
    app.on("repository", async ({ payload }) => {
      await enqueue(repositoryJobs(payload as unknown as RepositoryEvent));
    });
    app.on("push", async ({ payload }) => await enqueue(fileJobs(payload as unknown as PushEvent)));
    app.onAny(async ({ id, name, payload }) => {
      const { installation, account, repository } = payload as OfInstallation & { repository?: OfOwner };
      const owner = installation?.account ?? account ?? repository?.owner;
      // An event is counted where it is routed; what else is told of runs is not counted.
      if (!owner || name === "workflow_run") return;
      const at = iso(deps.clock.now());
      await deps.store.meters.record([
        { scope: `owner#${owner.id}`, factId: `webhook#${id}`, at, counts: { webhooksReceived: 1 } },
      ]);
    });
    // What comes by the webhooks placed in repositories.
    app.on("workflow_run", async ({ payload }) => {
      await ingest(deps, payload as unknown as WorkflowRunEvent);
    });
  };

function installationJobs({ action, installation, account }: OfInstallation): BackgroundJob[] {
  const owner = installation?.account ?? account;
  if (!installation || !owner) return [];
  const isThere = action !== "deleted";
  const installationId = String(installation.id);
  return [{ kind: "installation", installationId, ownerId: String(owner.id), isThere }];
}

function selectionJobs(payload: InstallationRepositoriesEvent): BackgroundJob[] {
  const ownerId = String(payload.installation.account.id);
  const { repositories_added: added, repositories_removed: removed } = payload;
  if (added.length + removed.length > MAX_LOOKED_UP) return installationJobs(payload);
  const jobs = (touched: readonly { id: number }[], isThere: boolean): BackgroundJob[] =>
    touched.map(({ id }) => ({
      kind: "repository",
      repositoryId: String(id),
      ownerId,
      deleted: false,
      isThere,
    }));
  return [...jobs(added, true), ...jobs(removed, false)];
}

function repositoryJobs(payload: RepositoryEvent): BackgroundJob[] {
  // Descriptions and topics are edited too; of what is kept here only the default branch is.
  if (payload.action === "edited" && !payload.changes.default_branch) return [];
  const { id, owner } = payload.repository;
  const deleted = payload.action === "deleted";
  // Its new owner may not have the App.
  const isThere = !deleted && payload.action !== "transferred";
  return [{ kind: "repository", repositoryId: String(id), ownerId: String(owner.id), deleted, isThere }];
}

function fileJobs({ ref, after, deleted, forced, commits, repository }: PushEvent): BackgroundJob[] {
  if (deleted || ref !== `refs/heads/${repository.default_branch}`) return [];
  const touched = commits.some((commit) =>
    [commit.added, commit.modified, commit.removed].some((paths) => paths?.includes(ZEKT_FILE)),
  );
  // A push that throws commits away, or has more than are listed, may change the file without naming it.
  if (!touched && !forced && commits.length < MAX_COMMITS) return [];
  const repositoryId = String(repository.id);
  return [{ kind: "file", repositoryId, ownerId: String(repository.owner.id), sha: after }];
}
