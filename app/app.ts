import type { WorkflowRunEvent } from "@octokit/webhooks-types";
import type { Probot } from "probot";
import { iso } from "./domain/clock.ts";
import { ZEKT_FILE } from "./domain/zekt-file.ts";
import { repositoryState } from "./github/installations.ts";
import { applyZektFile } from "./steps/apply-zekt-file.ts";
import { ingest } from "./steps/ingest.ts";
import { adopt, forget } from "./steps/sync-installation.ts";
import type { Zekt } from "./zekt.ts";

/** What every webhook of the App that concerns an installation carries. */
interface OfInstallation {
  installation?: { id: number; account?: { id: number } | null };
  repository?: { owner: { id: number } };
}

/** The Probot app: GitHub's events to steps. It holds no logic of its own. */
export const zektApp =
  (zekt: Zekt) =>
  (app: Probot): void => {
    const sync = async (payload: OfInstallation): Promise<void> => {
      const ownerId = payload.installation?.account?.id ?? payload.repository?.owner.id;
      if (!payload.installation || ownerId === undefined) return;
      await zekt.store.queues.enqueueSync({
        installationId: String(payload.installation.id),
        ownerId: String(ownerId),
      });
    };
    // Each says that something changed; what holds now is asked of GitHub, whatever came first or twice.
    app.on(
      [
        "installation.created",
        "installation.deleted",
        "installation.suspend",
        "installation.unsuspend",
        "installation.new_permissions_accepted",
        "installation_repositories.added",
        "installation_repositories.removed",
        "installation_target.renamed",
      ],
      async ({ payload }) => await sync(payload as unknown as OfInstallation),
    );
    app.on(
      [
        "repository.renamed",
        "repository.publicized",
        "repository.privatized",
        "repository.edited",
        "repository.transferred",
      ],
      async ({ payload }) => {
        const state = repositoryState(payload.repository as never);
        const known = await zekt.store.accounts.getRepository(state.repositoryId);
        if (!known) return;
        const account = await zekt.store.accounts.getAccount(state.ownerId);
        const stays = known.ownerId === state.ownerId;
        await adopt(zekt, state, stays ? known.installationId : (account?.installationId ?? null));
      },
    );
    app.on("repository.deleted", async ({ payload }) => await forget(zekt, String(payload.repository.id)));
    app.on("push", async ({ payload }) => {
      const onDefaultBranch = payload.ref === `refs/heads/${payload.repository.default_branch}`;
      const touched = payload.commits.some(({ added, modified, removed }) =>
        [added, modified, removed].some((paths) => paths?.includes(ZEKT_FILE)),
      );
      if (onDefaultBranch && touched) {
        await applyZektFile(zekt, { repositoryId: String(payload.repository.id), sha: payload.after });
      }
    });
    // From here on: what comes by the webhooks placed in repositories.
    app.on("workflow_run", async ({ payload }) => {
      await ingest(zekt, payload as unknown as WorkflowRunEvent);
    });
    app.on("ping", async ({ payload }) => {
      const repositoryId = (payload as { repository?: { id: number } }).repository?.id;
      if (repositoryId === undefined) return;
      const repository = await zekt.store.accounts.getRepository(String(repositoryId));
      if (!repository?.hook) return;
      await zekt.store.accounts.saveRepository({
        repositoryId: repository.repositoryId,
        hook: { ...repository.hook, pingedAt: iso(zekt.clock.now()) },
      });
    });
  };
