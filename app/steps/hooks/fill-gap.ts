import type { WorkerDeps } from "../../deps.ts";
import { timeShare } from "../../domain/clock.ts";
import type { Gap } from "../../domain/records/hook-log.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { Refusal } from "../../domain/refusal.ts";
import { GAP_REQUESTS } from "../../store/fact-kinds.ts";
import { raiseMissedRuns } from "../notices/raise-notice.ts";
import { LOOK_SHARE, type LogSource, type Progress, readGapLog } from "./failed-webhooks.ts";
import { ingestMissedRuns } from "./ingest-missed-runs.ts";

/** Requests that one look may spend on a gap, and all gaps of an installation in an hour: a part of its 5,000. */
const REQUESTS_A_LOOK = 40;
const REQUESTS_AN_HOUR = 2500;

/** Grants requests while the look's shares, of requests and of time, and the installation's last. */
function budgetOf(deps: WorkerDeps, installationId: string | null) {
  const isTimeLeft = timeShare(deps.clock, LOOK_SHARE);
  const budget = { left: REQUESTS_A_LOOK, isHourSpent: false, spend: async () => false };
  budget.spend = async () => {
    if (budget.left <= 0 || budget.isHourSpent || !isTimeLeft()) return false;
    budget.left -= 1;
    const requests = GAP_REQUESTS.of({ installationId: installationId ?? "app", at: deps.clock.now() });
    budget.isHourSpent = (await deps.store.facts.count(requests)) > REQUESTS_AN_HOUR;
    return !budget.isHourSpent;
  };
  return budget;
}

/** The progress of a gap. */
export interface Filled {
  /** Null where it is filled. */
  gap: Gap | null;
  asked: number;
  /** Set where the installation's share of this hour is spent. */
  isHourSpent: boolean;
}

/**
 * Fills a gap as far as this look's share of the quota goes; the next look goes on. Runs come from GitHub's
 * list. Where fewer were missing there than webhooks failed, or a run could not be stored, those webhooks are asked
 * for too. What GitHub does not have any more is named as lost. `progress` hears of each step that is done.
 *
 * @throws Refusal where GitHub cannot be asked now
 */
export async function fillGap(
  deps: WorkerDeps,
  repository: Repository,
  source: LogSource,
  open: Gap,
  progress: Progress["progress"],
): Promise<Filled> {
  const budget = budgetOf(deps, repository.installationId);
  const filling = { spend: budget.spend, progress };
  let gap = open;
  let asked = 0;
  const filled = (rest: Gap | null): Filled => ({ gap: rest, asked, isHourSpent: budget.isHourSpent });
  if (gap.step === "runs") {
    gap = await ingestMissedRuns(deps, repository, gap, filling).catch((error: unknown) => {
      // Where the runs may not be listed, the log alone tells.
      if (!(error instanceof Refusal) || error.code !== "forbidden") throw error;
      return { ...gap, spans: [] };
    });
    if (gap.spans.length > 0) return filled(gap);
    logFound(deps, repository, gap);
    gap = { ...gap, step: "count" };
    progress(gap);
  }
  if (gap.step === "count") {
    const read = await readGapLog(deps, source, gap, filling);
    if (!read.isRead) return filled(read.gap);
    gap = { ...read.gap, step: "redeliver" };
    progress(gap);
  }
  if (gap.failed > gap.found || gap.isUnsure) {
    // The count has told of those that failed again, and of how many of them are left out.
    const counted: Progress["progress"] = (at, again) => {
      progress(at, again);
      return 0;
    };
    const read = await readGapLog(deps, source, gap, { ...filling, progress: counted });
    ({ gap, asked } = read);
    if (!read.isRead) return filled(gap);
  }
  await nameLost(deps, repository, gap);
  return filled(null);
}

function logFound(deps: WorkerDeps, { repositoryId }: Repository, { since, until, found }: Gap): void {
  if (found > 0)
    deps.log.warn(
      { event: "missed-runs.ingested", repositoryId, since, until, found },
      "Runs whose webhook was missed were ingested",
    );
}

/** Names what is lost of a gap, in the log and where the repository's people look. */
async function nameLost(deps: WorkerDeps, repository: Repository, gap: Gap): Promise<void> {
  const { since, until, lost } = gap;
  if (lost === 0) return;
  const { repositoryId } = repository;
  deps.log.error(
    { event: "missed-runs.lost", repositoryId, since, until, lost },
    "Runs were missed that GitHub does not tell of any more",
  );
  await raiseMissedRuns(deps, repository, { since, until, runs: lost });
}
