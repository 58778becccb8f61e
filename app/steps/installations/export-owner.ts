import type { WorkerDeps } from "../../deps.ts";
import { DAY, iso, SECOND, timeShare } from "../../domain/clock.ts";
import type { ExportCounts, ExportPlace, OwnerExport } from "../../domain/records/owner-export.ts";
import { Refusal } from "../../domain/refusal.ts";
import { isToDo } from "../../store/jobs.ts";
import { pages } from "../../store/pages.ts";
import type { ExportJob, JobLeft } from "../../store/queues.ts";
import { exportPiece } from "./export-piece.ts";

/** The time for which an export's file can be fetched. */
const FILE_TTL = 7 * DAY;

/** The bounds of what is read of an export in one go. */
interface Bounds {
  /** Items, more or less. */
  items: number;
  /** UTF-16 units of text, more or less. */
  size: number;
}

/** The time in which pieces are begun: a function that answers has 28 seconds, and one that works has 30. */
const READS_SHARE = 15 * SECOND;

/** For a job: some seconds of work, and what a function holds easily. */
const PART: Bounds = { items: 2000, size: 8_000_000 };
/** For an answer: Lambda's holds 6 MB, in which each quote is two bytes. */
const ANSWER: Bounds = { items: 1000, size: 2_500_000 };

const NOTHING: ExportCounts = {
  repositories: 0,
  events: 0,
  messages: 0,
  payloads: 0,
  provided: 0,
  received: 0,
  audit: 0,
};

const BEGIN: ExportPlace = { at: "account" };

const prefixOf = (ownerId: string, exportId = ""): string => `exports/${ownerId}/${exportId}`;
const fileOf = ({ ownerId, exportId }: OwnerExport): string => `${prefixOf(ownerId, exportId)}.json`;

/** Reads on from a place until the bounds are reached, or the time is over. */
async function readPart(deps: WorkerDeps, ownerId: string, from: ExportPlace, bounds: Bounds) {
  const texts: string[] = [];
  const counts = { ...NOTHING };
  const repositories = await deps.store.accounts.allRepositories(ownerId);
  const repositoryIds = repositories.map(({ repositoryId }) => repositoryId).sort();
  let place: ExportPlace | null = from;
  const isTimeLeft = timeShare(deps.clock, READS_SHARE);
  for (let items = 0, size = 0; place && items < bounds.items && size < bounds.size && isTimeLeft(); ) {
    const piece = await exportPiece(deps, { ownerId, repositoryIds }, place);
    for (const [name, n] of Object.entries(piece.counts)) counts[name as keyof ExportCounts] += n;
    texts.push(piece.text);
    items += piece.read;
    size += piece.text.length;
    place = piece.next;
  }
  return { text: texts.join(""), counts, next: place };
}

/** Returns an owner's whole export as JSON, if it is small enough for an answer, and read in time; else null. */
export async function exportAtOnce(deps: WorkerDeps, ownerId: string): Promise<string | null> {
  const { text, next } = await readPart(deps, ownerId, BEGIN, ANSWER);
  return next === null && text.length <= ANSWER.size ? text : null;
}

/** Starts an export of an owner as a job, which leaves a file; one that runs already is returned as it is. */
export async function startExport(
  deps: WorkerDeps,
  ownerId: string,
  requestedBy: string,
): Promise<{ one: OwnerExport; isNew: boolean }> {
  const { ownerExports, accounts } = deps.store;
  const before = await ownerExports.get(ownerId);
  if (before?.state === "running") {
    // The process that started it may have died before its job was stored, or its job is dead: nothing else goes on with it.
    if (!(await isWorkedOn(deps, before))) await enqueueExport(deps, before);
    return { one: before, isNew: false };
  }
  const now = iso(deps.clock.now());
  const started: OwnerExport = {
    exportId: `export-${crypto.randomUUID()}`,
    ownerId,
    state: "running",
    requestedBy,
    place: BEGIN,
    parts: [],
    counts: NOTHING,
    repositories: (await accounts.allRepositories(ownerId)).length,
    size: 0,
    startedAt: now,
    updatedAt: now,
    endsAt: null,
    version: 1,
  };
  await ownerExports.start(started);
  await enqueueExport(deps, started);
  return { one: started, isNew: true };
}

const enqueueExport = (deps: WorkerDeps, { ownerId, exportId }: OwnerExport): Promise<void> =>
  deps.store.jobs.enqueue([{ kind: "export", ownerId, exportId }]);

/** Returns whether a job that goes on is stored for an export. */
async function isWorkedOn(deps: WorkerDeps, { ownerId, exportId }: OwnerExport): Promise<boolean> {
  for await (const stored of deps.store.jobs.ofOwner(ownerId))
    if (stored.some((one) => one.job.kind === "export" && one.job.exportId === exportId && isToDo(one)))
      return true;
  return false;
}

/**
 * Does a part of an export: reads on and writes what it read, or makes the file of the parts. Once the days of
 * the file are over, removes it. Cut off anywhere and run again it loses and doubles nothing: a part counts by
 * the write that names it.
 */
export async function workExport(deps: WorkerDeps, job: ExportJob): Promise<JobLeft | null> {
  const { ownerExports } = deps.store;
  const one = await ownerExports.get(job.ownerId);
  if (one?.exportId !== job.exportId) {
    await removeFiles(deps, prefixOf(job.ownerId, job.exportId));
    return null;
  }
  if (one.state !== "running") return await endFile(deps, one, job);
  const after = one.place ? await writePart(deps, one, one.place) : await writeFile(deps, one);
  const next = await ownerExports.replace(one, { ...after, updatedAt: iso(deps.clock.now()) });
  if (next?.state === "done") await endParts(deps, next);
  return { job, ...(next?.endsAt ? { at: Date.parse(next.endsAt) } : {}) };
}

async function writePart(deps: WorkerDeps, one: OwnerExport, place: ExportPlace): Promise<OwnerExport> {
  const { text, counts, next } = await readPart(deps, one.ownerId, place, PART);
  const key = `${prefixOf(one.ownerId, one.exportId)}/${crypto.randomUUID()}`;
  await deps.store.archive.put(key, text);
  const sums = Object.entries(counts).map(([name, n]) => [name, one.counts[name as keyof ExportCounts] + n]);
  return {
    ...one,
    place: next,
    parts: [...one.parts, key],
    counts: Object.fromEntries(sums) as ExportCounts,
    size: one.size + text.length,
  };
}

async function writeFile(deps: WorkerDeps, one: OwnerExport): Promise<OwnerExport> {
  await deps.store.archive.join(fileOf(one), one.parts);
  return { ...one, state: "done", parts: [], endsAt: iso(deps.clock.now() + FILE_TTL) };
}

/** Removes the parts of an export whose file is made and recorded: before that, a repetition makes it of them. */
async function endParts(deps: WorkerDeps, { ownerId, exportId, size }: OwnerExport): Promise<void> {
  await removeFiles(deps, `${prefixOf(ownerId, exportId)}/`);
  deps.log.info({ event: "export.done", ownerId, exportId, size }, "Export done");
}

async function endFile(deps: WorkerDeps, one: OwnerExport, job: ExportJob): Promise<JobLeft | null> {
  const endsAt = Date.parse(one.endsAt ?? one.updatedAt);
  if (endsAt > deps.clock.now()) return { job, at: endsAt };
  await removeFiles(deps, prefixOf(one.ownerId, one.exportId));
  await deps.store.ownerExports.remove(one.ownerId);
  return null;
}

/** Says of an export whose job is dead that it will not end. */
export async function abandonExport(deps: WorkerDeps, { ownerId, exportId }: ExportJob): Promise<void> {
  const one = await deps.store.ownerExports.get(ownerId);
  if (one?.exportId !== exportId || one.state !== "running") return;
  await deps.store.ownerExports.replace(one, {
    ...one,
    state: "failed",
    updatedAt: iso(deps.clock.now()),
  });
}

/** Removes an owner's exports with their files; each page of keys is spent. */
export async function eraseExports(deps: WorkerDeps, ownerId: string, spend: () => void): Promise<void> {
  await removeFiles(deps, prefixOf(ownerId), spend);
  await deps.store.ownerExports.remove(ownerId);
}

async function removeFiles(deps: WorkerDeps, prefix: string, spend = (): void => {}): Promise<void> {
  const { archive } = deps.store;
  for await (const keys of pages((cursor) => archive.list(prefix, cursor))) {
    spend();
    await archive.removeAll(keys);
  }
}

/** The seconds for which the address of a file is good: a browser follows it at once. */
const LINK_SECONDS = 300;

/**
 * Returns an export's file: where to fetch it, or its text where only this process can read it.
 *
 * @throws Refusal not-found where there is no such export, conflict while it runs, gone where its file is
 */
export async function exportFile(
  deps: WorkerDeps,
  ownerId: string,
  exportId: string,
): Promise<{ link: string } | { text: string }> {
  const one = await requireExport(deps, ownerId, exportId);
  if (one.state === "running") throw new Refusal("conflict", "The export still runs; ask for it later.");
  const isOver = Date.parse(one.endsAt ?? one.updatedAt) <= deps.clock.now();
  if (one.state === "failed" || isOver)
    throw new Refusal("gone", "The file is not here; start another export.");
  const name = `zekt-export-${ownerId}-${one.startedAt.slice(0, 10)}.json`;
  const link = await deps.store.archive.linkTo(fileOf(one), name, LINK_SECONDS);
  if (link !== null) return { link };
  const text = await deps.store.archive.get(fileOf(one));
  if (text === null) throw new Refusal("gone", "The file is not here; start another export.");
  return { text };
}

/**
 * Returns an owner's export by its id.
 *
 * @throws Refusal not-found where it is not the owner's latest one
 */
export async function requireExport(
  deps: WorkerDeps,
  ownerId: string,
  exportId: string,
): Promise<OwnerExport> {
  const one = await deps.store.ownerExports.get(ownerId);
  if (one?.exportId !== exportId) throw new Refusal("not-found", "There is no such export.");
  return one;
}
