/** The data folder cannot be written to; the message says what to do. Nothing of what was to be stored was. */
export class DiskFailed extends Error {
  override name = "DiskFailed";
  constructor(cause: Error) {
    super(`The data folder cannot be written to (${cause.message}). Check its disk.`, { cause });
  }
}

/** The data folder belongs to another process, which is running. */
export class FolderInUse extends Error {
  override name = "FolderInUse";
  constructor(folder: string, pid: number | null) {
    const holder = pid === null ? "another process" : `the process with the id ${pid}`;
    super(
      `The data folder ${folder} is in use by ${holder}. Stop that one first, or give this one a folder of its own (ZEKT_DATA_DIR).`,
    );
  }
}

/** Data that cannot be used by this version; the message says what to do. */
export class OldData extends Error {
  override name = "OldData";
  constructor(what: string) {
    super(
      `The data folder was made by an earlier version: ${what}. Move the folder away and start again, or start the earlier version, export each owner (GET /api/owners/{ownerId}/export) and keep that.`,
    );
  }
}

/** Data that a newer version has used; the message says what to do. */
export class NewerData extends Error {
  override name = "NewerData";
  constructor(found: number, known: number, version: string) {
    super(
      `The data folder was used by a newer version: its data has format ${found}, and this version (${version}) knows format ${known}. Start the newer version, or restore the backup from before the update: zekt restore.`,
    );
  }
}
