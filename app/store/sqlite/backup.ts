import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  createReadStream,
  existsSync,
  lchownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { LOCK, lockFolder } from "./folder-lock.ts";
import { toDisk } from "./to-disk.ts";

/** The database: tables, queues and the archive. */
const DATABASE = "zekt.db";
/** The App's settings with its key, where the first page made the App. */
const APP = "app.json";
/** Says what a backup holds; written last. */
const MANIFEST = "backup.json";
/** Pages copied between two reports of progress: 4 MB. */
const PAGES = 1024;

/** A folder that cannot be backed up or restored; the message says what to do. */
export class BackupFailed extends Error {
  override name = "BackupFailed";
}

/** Hears how much is done, from 0 to 1. */
export type OnProgress = (part: number) => void;

/** The content of a backup. */
export interface Manifest {
  /** When it was made, as ISO 8601. */
  madeAt: string;
  files: Record<string, { bytes: number; sha256: string }>;
}

/**
 * Copies a data folder while a server may be working on it: the database as it is at one moment, and the App's
 * settings. The target is a new folder, which appears once it is whole.
 * https://www.sqlite.org/backup.html
 *
 * @throws BackupFailed where there is no data, or the target exists
 */
export async function backUp(
  folder: string,
  target: string,
  madeAt: string,
  onProgress: OnProgress = () => {},
): Promise<Manifest> {
  if (!existsSync(join(folder, DATABASE)))
    throw new BackupFailed(`${folder} holds no ${DATABASE}: name the data folder by --data.`);
  if (existsSync(target)) throw new BackupFailed(`${target} exists already: name a new folder.`);
  // A slash at its end, as shells complete it, would put this one into the target.
  const unfinished = `${resolve(target)}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  try {
    await copyDatabase(join(folder, DATABASE), join(unfinished, DATABASE), onProgress);
    if (existsSync(join(folder, APP))) copyFileSync(join(folder, APP), join(unfinished, APP));
    const files: Manifest["files"] = {};
    for (const name of [DATABASE, APP].filter((one) => existsSync(join(unfinished, one)))) {
      const path = join(unfinished, name);
      chmodSync(path, 0o600);
      toDisk(path);
      files[name] = { bytes: statSync(path).size, sha256: await hashOf(path) };
    }
    const manifest = { madeAt, files };
    writeFileSync(join(unfinished, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    toDisk(join(unfinished, MANIFEST));
    toDisk(unfinished);
    renameSync(unfinished, target);
    toDisk(dirname(target));
    return manifest;
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

async function copyDatabase(from: string, to: string, onProgress: OnProgress): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true, timeout: 5000 });
  try {
    // While this transaction is open, what others write is not seen. Without it the copy would begin anew at each write.
    source.exec("BEGIN; SELECT COUNT(*) FROM sqlite_schema");
    await backup(source, to, {
      rate: PAGES,
      progress: ({ totalPages, remainingPages }) =>
        onProgress(totalPages === 0 ? 1 : 1 - remainingPages / totalPages),
    });
    onProgress(1);
  } finally {
    source.close();
  }
}

/**
 * Reads what a backup holds, and checks that it is all there.
 *
 * @throws BackupFailed where it is no backup, or damaged
 */
export async function checkBackup(
  backupFolder: string,
  onProgress: OnProgress = () => {},
): Promise<Manifest> {
  const manifest = readManifest(backupFolder);
  const whole = Object.values(manifest.files).reduce((sum, { bytes }) => sum + bytes, 0);
  let read = 0;
  for (const [name, { sha256 }] of Object.entries(manifest.files)) {
    const path = join(backupFolder, name);
    const found = existsSync(path)
      ? await hashOf(path, (bytes) => {
          read += bytes;
          onProgress(read / whole);
        })
      : null;
    if (found !== sha256)
      throw new BackupFailed(`${path} is not the file that was backed up: it is damaged.`);
  }
  return manifest;
}

function readManifest(backupFolder: string): Manifest {
  try {
    const manifest = JSON.parse(readFileSync(join(backupFolder, MANIFEST), "utf8")) as Manifest;
    const names = Object.keys(manifest.files);
    const areKnown = names.every((name) => [DATABASE, APP].includes(name) && manifest.files[name] !== null);
    if (names.includes(DATABASE) && areKnown) return manifest;
  } catch {
    // Said below.
  }
  throw new BackupFailed(`${backupFolder} holds no whole backup: its ${MANIFEST} is missing or damaged.`);
}

/** Returns whether a data folder holds data, which a restore would replace. */
export const holdsData = (folder: string): boolean =>
  [DATABASE, APP].some((name) => existsSync(join(folder, name)));

/**
 * Puts a backup in a data folder that no server works on. What the folder held is moved to a subfolder, whose path
 * is returned; null where it held nothing. Cut off at any point, it can be run again.
 *
 * @param aside - names the subfolder
 * @throws FolderInUse where a server works on it; BackupFailed where the backup is damaged
 */
export async function restore(
  backupFolder: string,
  folder: string,
  aside: string,
  onProgress: OnProgress = () => {},
): Promise<string | null> {
  const manifest = await checkBackup(backupFolder, onProgress);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(folder);
  try {
    giveToOwner(join(folder, LOCK), folder);
    const names = Object.keys(manifest.files);
    for (const name of names) {
      const copy = join(folder, `${name}.restoring`);
      copyFileSync(join(backupFolder, name), copy);
      chmodSync(copy, 0o600);
      toDisk(copy);
      giveToOwner(copy, folder);
    }
    checkDatabase(join(folder, `${DATABASE}.restoring`));
    takeInJournal(join(folder, DATABASE));
    const old = [DATABASE, `${DATABASE}-wal`, `${DATABASE}-shm`, APP].filter((name) =>
      existsSync(join(folder, name)),
    );
    if (old.length > 0) {
      mkdirSync(join(folder, aside), { recursive: true });
      giveToOwner(join(folder, aside), folder);
    }
    // Whenever this ends, the folder holds one database that is whole: the old one, or the one from the backup.
    for (const name of old) {
      const [from, to] = [join(folder, name), join(folder, aside, name)];
      if (names.includes(name)) keep(from, to);
      else renameSync(from, to);
    }
    for (const name of names) renameSync(join(folder, `${name}.restoring`), join(folder, name));
    toDisk(folder);
    return old.length > 0 ? join(folder, aside) : null;
  } finally {
    unlock();
  }
}

/** Writes a database's journal into it, so that it is whole in one file. One that is damaged stays as it is. */
function takeInJournal(file: string): void {
  if (!existsSync(file)) return;
  const db = new DatabaseSync(file);
  try {
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // It is moved aside with its journal.
  } finally {
    // The last connection that closes removes the journal.
    db.close();
  }
}

/** Gives a file a second place, whose first may be overwritten. Where a disk has no links it is copied. */
function keep(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
    toDisk(to);
    giveToOwner(to, dirname(from));
  }
}

/**
 * Gives what root has made to the owner of its folder: a server that runs as another user has to write it. A link that
 * stands in its place is given away itself, not what it leads to.
 */
function giveToOwner(path: string, folder: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  lchownSync(path, uid, gid);
}

/** @throws BackupFailed where SQLite finds a fault */
function checkDatabase(path: string): void {
  const db = new DatabaseSync(path);
  try {
    const row = db.prepare("PRAGMA quick_check(1)").get() as { quick_check?: string } | undefined;
    if (row?.quick_check !== "ok")
      throw new BackupFailed(`The backup's database is damaged: ${row?.quick_check}.`);
  } catch (error) {
    if (error instanceof BackupFailed) throw error;
    throw new BackupFailed(`The backup's database is damaged: ${(error as Error).message}.`);
  } finally {
    db.close();
  }
}

async function hashOf(path: string, onRead: (bytes: number) => void = () => {}): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    onRead((chunk as Buffer).length);
  }
  return hash.digest("hex");
}
