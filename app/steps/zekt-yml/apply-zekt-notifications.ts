import type { WorkerDeps } from "../../deps.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { ZektFile } from "../../domain/zekt-yml/zekt-file.ts";
import { setNotifications } from "../catalog/set-notifications.ts";
import type { Attempt } from "./result.ts";

/** Brings how a repository's people are told to what its file says; what it does not say stays as it is. */
export async function applyNotifications(
  deps: WorkerDeps,
  { repositoryId, notifications }: Repository,
  by: ZektFile["notifications"],
  attempt: Attempt,
): Promise<void> {
  if (by === undefined || by === (notifications?.by ?? "none")) return;
  await attempt(["notifications"], async () => {
    await setNotifications(deps, repositoryId, { by });
    return [by === "issue" ? "tells its people by an issue" : "tells its people nothing any more"];
  });
}
