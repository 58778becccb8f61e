/** A data folder that cannot be used as it is; the message says what to do. */
export abstract class DataFolderProblem extends Error {}

/** The data folder cannot be written to; the message says what to do. Nothing of what was to be stored was. */
export class DiskFailed extends DataFolderProblem {
  override name = "DiskFailed";
  constructor(cause: Error) {
    super(`The data folder cannot be written to (${cause.message}). Check its disk.`, { cause });
  }
}

/** The data folder belongs to another process, which is running. */
export class FolderInUse extends DataFolderProblem {
  override name = "FolderInUse";
  constructor(folder: string, pid: number | null) {
    const holder = pid === null ? "another process" : `the process with the id ${pid}`;
    super(
      `The data folder ${folder} is in use by ${holder}. Stop that one first, or give this one a folder of its own (ZEKT_DATA_DIR).`,
    );
  }
}

/** Data that cannot be used by this version; the message says what to do. */
export class OldData extends DataFolderProblem {
  override name = "OldData";
  constructor(what: string) {
    super(
      `The data folder was made by an earlier version: ${what}. Move the folder away and start again, or start the earlier version, export each owner (GET /api/owners/{ownerId}/export) and keep that.`,
    );
  }
}

/** Data that a newer version has used; the message says what to do. */
export class NewerData extends DataFolderProblem {
  override name = "NewerData";
  constructor(found: number, known: number, version: string) {
    super(
      `The data folder was used by a newer version: its data has format ${found}, and this version (${version}) knows format ${known}. Start the newer version, or restore the backup from before the update: zekt restore.`,
    );
  }
}

/** The data folder holds a file that SQLite cannot read; the message says what to do. */
export class DamagedData extends DataFolderProblem {
  override name = "DamagedData";
  constructor(folder: string, cause: Error) {
    super(
      `The data folder ${folder} holds a database that is damaged (${cause.message}). Restore a backup with \`zekt restore\`.`,
      { cause },
    );
  }
}

/** The file that locks the data folder is damaged; the message says what to do. */
export class DamagedLock extends DataFolderProblem {
  override name = "DamagedLock";
  constructor(file: string, cause: Error) {
    super(
      `${file} is damaged (${cause.message}). It only locks the folder, and holds no data: remove it while no Zekt works there, and try again.`,
      { cause },
    );
  }
}

/** SQLite's code of a database that another process writes in. */
const BUSY = 5;
/** SQLite's codes of a file that is none of its own, or whose content is wrong: https://www.sqlite.org/rescode.html */
const DAMAGED = new Set([11, 26]);
/** SQLite's codes of a file that it may not open or write, or of a disk that is full or fails. */
const UNWRITTEN = new Set([3, 8, 10, 13, 14]);
/** The system's codes of a disk that is full or fails. */
const DISK = new Set(["ENOSPC", "EDQUOT", "EIO", "EROFS"]);

/** Returns the kind of an error of SQLite's, or 0 of another: the low byte of its code. */
function kindOf(error: unknown): number {
  const { code = "", errcode = 0 } = error as NodeJS.ErrnoException & { errcode?: number };
  return code === "ERR_SQLITE_ERROR" ? errcode & 0xff : 0;
}

/** Returns whether SQLite found a file that is none of its own, or whose content is wrong. */
export const isDamage = (error: unknown): boolean => DAMAGED.has(kindOf(error));

/**
 * Opens a data folder, and gives errors of its disk a sentence for those who run the server.
 *
 * @throws DiskFailed where it cannot be written; DamagedData where SQLite cannot read it; FolderInUse where another
 * process writes there
 */
export function explainOpening<T>(folder: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const kind = kindOf(error);
    if (kind === BUSY) throw new FolderInUse(folder, null);
    if (isDamage(error)) throw new DamagedData(folder, error as Error);
    if (UNWRITTEN.has(kind) || DISK.has((error as NodeJS.ErrnoException).code ?? ""))
      throw new DiskFailed(error as Error);
    throw error;
  }
}
