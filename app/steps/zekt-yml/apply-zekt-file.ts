import type { WorkerDeps } from "../../deps.ts";
import { cutText } from "../../domain/cut-text.ts";
import { askAgain } from "../../domain/jobs/ask-again.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { isPassing, Refusal } from "../../domain/refusal.ts";
import type { FileProblem, ParsedFile, PlacedProblem } from "../../domain/zekt-yml/read-zekt-file.ts";
import { ZEKT_FILE, type ZektFile } from "../../domain/zekt-yml/zekt-file.ts";
import { readFile, readFileAt } from "../../github/contents.ts";
import { withOneLook } from "../../github/workflow-dispatch.ts";
import type { FileJob, JobLeft } from "../../store/queues.ts";
import { setNotifications } from "../catalog/set-notifications.ts";
import { recordAudit } from "../notices/record-audit.ts";
import { applyConsumer } from "./apply-zekt-consumer.ts";
import { applyProvider } from "./apply-zekt-provider.ts";
import { checkZektFile, problemsOf } from "./check-zekt-file.ts";
import { reportZektFile } from "./report-zekt-file.ts";
import type { Applied, Attempt, SharedChange } from "./result.ts";

/** The most times that a file is applied again because it changed meanwhile. */
const MAX_ROUNDS = 5;

/** Characters of what an entry of the audit trail says of a file's changes. */
const MOST_DETAIL = 4_000;

const nothing = (): Applied => ({ changes: [], notes: [], problems: [] });

/**
 * Brings the stored state of a repository to what its file on the default branch says. Reports on the commit that
 * asked for it, where one did. It is always the branch's file of this moment that is applied, so that pushes may be
 * told of in any order and twice. A file with anything wrong in it changes nothing. A file that is gone leaves
 * everything as it is, for people to manage. Safe to repeat.
 *
 * @throws Refusal unavailable or limited where GitHub cannot be asked now, so that the file is to be applied again.
 * Until it was applied to its end, a repository that people managed stays theirs
 */
export async function applyZektFile(
  deps: WorkerDeps,
  pushed: { repositoryId: string; sha: string | null },
): Promise<Applied> {
  return (await applyOnce(deps, pushed)) ?? nothing();
}

/**
 * Applies a file as its job says. GitHub tells of a push seconds before each of its servers knows of it. So a branch
 * whose file is not the pushed commit's is read again before a later commit's is taken to be in force.
 *
 * @throws Refusal as {@link applyZektFile} does
 */
export async function workFile(deps: WorkerDeps, job: FileJob): Promise<JobLeft | null> {
  const again = askAgain(job, deps.clock.now());
  return (await applyOnce(deps, job, again !== null)) ? null : again;
}

/** Applies the file of now; null where it `waits` instead, since GitHub's answers may be older than the push. */
async function applyOnce(
  deps: WorkerDeps,
  { repositoryId, sha }: { repositoryId: string; sha: string | null },
  waits = false,
): Promise<Applied | null> {
  const repository = await deps.store.accounts.getRepository(repositoryId);
  if (!repository?.reachable) return nothing();
  const told: Told = { changes: [], own: [], shared: [] };
  try {
    const [pushed, first] = await Promise.all([
      sha === null ? null : readFileAt(deps.github, repository, ZEKT_FILE, sha),
      readFile(deps.github, repository, ZEKT_FILE),
    ]);
    const isPushed = (text: string | null): boolean =>
      pushed !== null && pushed !== "no-commit" && pushed.text === text;
    if (waits && sha !== null && !isPushed(first)) return null;
    const { applied, text } = await applyUntilSettled(deps, repository, told, first)
      // Also of a file that GitHub interrupts: the next try finds this done.
      .finally(() => recordChanges(deps, repository, sha, told));
    // Of a file that is not there and was not there is nothing to say.
    const silent = text === null && applied.changes.length === 0;
    if (sha !== null && !silent) {
      const became = text === null ? "gone" : "applied";
      await reportZektFile(
        deps,
        repository,
        sha,
        isPushed(text) ? { became, applied } : { became: "superseded" },
      );
    }
    return applied;
  } catch (error) {
    if (!(error instanceof Refusal) || isPassing(error)) throw error;
    const { changes } = told;
    const applied = { ...nothing(), changes, problems: [{ line: 1, column: 1, message: error.message }] };
    if (sha !== null) await reportZektFile(deps, repository, sha, { became: "applied", applied });
    return applied;
  }
}

/** The changes of a file so far: in words, those of the repository alone, and those of subscriptions. */
interface Told {
  changes: string[];
  own: string[];
  shared: SharedChange[];
}

/**
 * Records what the file changed; of many changes the first. A change of a subscription has an entry in the trails of
 * both sides. By it an erasure of one side finds what the other's trail says of it.
 */
async function recordChanges(
  deps: WorkerDeps,
  { repositoryId }: Repository,
  sha: string | null,
  { own, shared }: Told,
): Promise<void> {
  const file = sha === null ? ZEKT_FILE : `${ZEKT_FILE} of ${sha.slice(0, 12)}`;
  for (const { action, subscription, subject } of shared) {
    const sides = [subscription.repositoryId, subscription.providerRepositoryId];
    const trails = sides.map((id) => `repository#${id}` as const);
    // Which commit of the other's it was is nobody's business, and may give an alias away.
    const change = { action, by: null, via: "file", subject, detail: null } as const;
    await recordAudit(deps, { own: trails }, change);
  }
  if (own.length === 0) return;
  const change = { action: "file-applied", by: null, via: "file", subject: file } as const;
  const detail = cutText(own.join("; "), MOST_DETAIL);
  await recordAudit(deps, { own: [`repository#${repositoryId}`] }, { ...change, detail });
}

/**
 * Applies the file, as it was read first, until it is still the same afterwards. Adds each change to those given. Of
 * two workers that apply different states of it at once, the last to end has seen the newer one.
 */
async function applyUntilSettled(
  deps: WorkerDeps,
  repository: Repository,
  told: Told,
  first: string | null,
): Promise<{ applied: Applied; text: string | null }> {
  let text = first;
  let applied = await applyText(deps, repository.repositoryId, text, told);
  for (let round = 1; round < MAX_ROUNDS; round++) {
    const now = await readFile(deps.github, repository, ZEKT_FILE);
    if (now === text) break;
    text = now;
    applied = await applyText(deps, repository.repositoryId, text, told);
  }
  return { applied: { ...applied, changes: told.changes }, text };
}

async function applyText(
  deps: WorkerDeps,
  repositoryId: string,
  text: string | null,
  told: Told,
): Promise<Applied> {
  const { accounts } = deps.store;
  const repository = await accounts.getRepository(repositoryId);
  if (!repository?.reachable) return nothing();
  if (text === null) {
    if (repository.managedBy === null) return nothing();
    await accounts.setRepository({ repositoryId, managedBy: null });
    tell(told, `${ZEKT_FILE} is gone: everything stays as it is, and people manage it`);
    return nothing();
  }
  // With its reader of YAML, which a function that starts for something else need not load.
  const { parseZektFile } = await import("../../domain/zekt-yml/read-zekt-file.ts");
  const parsed = parseZektFile(text);
  if (!parsed.file) return { ...nothing(), problems: parsed.problems };
  const { file, place } = parsed;
  // A hundred subscriptions may each have a workflow started.
  return await withOneLook(() => applyFile(deps, repository, file, place, told));
}

function tell({ changes, own, shared }: Told, change: string | null, concerns?: SharedChange): void {
  if (change !== null) changes.push(change);
  if (concerns) shared.push(concerns);
  else if (change !== null) own.push(change);
}

async function applyFile(
  deps: WorkerDeps,
  repository: Repository,
  file: ZektFile,
  place: ParsedFile["place"],
  told: Told,
): Promise<Applied> {
  const { repositoryId } = repository;
  const inOrder = (problems: readonly PlacedProblem[]): FileProblem[] =>
    problems.map(place).sort((a, b) => a.line - b.line || a.column - b.column);
  const checked = await checkZektFile(deps, repository, file);
  if (checked.problems.length > 0) return { ...nothing(), problems: inOrder(checked.problems) };
  const { notes } = nothing();
  const problems: PlacedProblem[] = [];
  const attempt: Attempt = async (path, step) => {
    try {
      await step((change, shared) => tell(told, change, shared));
      return true;
    } catch (error) {
      if (!(error instanceof Refusal) || isPassing(error)) throw error;
      problems.push(...problemsOf(path, error));
      return false;
    }
  };
  await applyProvider(deps, repository, file.provider, checked, attempt, notes);
  await applyConsumer(deps, repository, file.consumer, attempt, notes);
  await applyNotifications(deps, repository, file.notifications, attempt);
  const fileHasNotifications = file.notifications !== undefined;
  await deps.store.accounts.setRepository({ repositoryId, managedBy: ZEKT_FILE, fileHasNotifications });
  return { ...nothing(), notes, problems: inOrder(problems) };
}

/** Applies the file's choice of notifications. Without one the standing choice stays. */
export async function applyNotifications(
  deps: WorkerDeps,
  { repositoryId, notifications }: Repository,
  by: ZektFile["notifications"],
  attempt: Attempt,
): Promise<void> {
  if (by === undefined || by === (notifications?.by ?? "none")) return;
  await attempt(["notifications"], async (done) => {
    await setNotifications(deps, repositoryId, { by }, ZEKT_FILE);
    done(by === "issue" ? "notifies people by an issue" : "notifies nobody any more");
  });
}
