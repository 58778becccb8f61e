import { Command } from "commander";
import { confirm } from "../confirm.ts";
import { dataFolder } from "../data/server-env.ts";
import { CommandError, EXIT } from "../exit.ts";
import type { Io } from "../io.ts";
import { json } from "../output/json.ts";
import { visible } from "../output/visible.ts";

/** Copies the data of a server on this machine. */
export const backupCommand = (io: Io): Command =>
  new Command("backup")
    .summary("back up the data of a server on this machine")
    .description("Copies a data folder to a new folder, also while its server is running.")
    .argument("<folder>", "the new folder")
    .option("--data <folder>", "the data folder (default: ZEKT_DATA_DIR, or .zekt)")
    .option("--json", "print JSON: folder, madeAt, files")
    .addHelpText(
      "after",
      `
It holds deliveries, queues, payloads, and the App's key where the first page
made the App: store it as safely as the key. Settings in .env are not in it.
It needs Node 24.

Examples:
  zekt backup /var/backups/zekt-2026-01-31
  zekt backup --data /var/lib/zekt /var/backups/zekt-2026-01-31 --json
`,
    )
    .action(async (target: string, options: { data?: string; json?: true }) => {
      const folder = dataFolder(io, options.data);
      const { backUp } = await sqlite();
      const madeAt = new Date(io.now()).toISOString();
      const manifest = await explained(() =>
        backUp(folder, target, madeAt, (part) => io.progress(percent("Copying", part))),
      );
      io.progress("");
      const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
      if (options.json) io.out(json({ folder: target, ...manifest }));
      else io.out(`Backed up ${visible(folder)} to ${visible(target)} (${megabytes(bytes)}).\n`);
      if (!("app.json" in manifest.files))
        io.err(
          "The App's key is not in the data folder, so it is not in the backup: keep your settings too.\n",
        );
    });

/** Puts a backup back. */
export const restoreCommand = (io: Io): Command =>
  new Command("restore")
    .summary("restore a backup on this machine")
    .description("Puts a backup into a data folder whose server is stopped.")
    .argument("<folder>", "the backup")
    .option("--data <folder>", "the data folder (default: ZEKT_DATA_DIR, or .zekt)")
    .option("-y, --yes", "do not ask for confirmation")
    .option("--json", "print JSON: folder, madeAt, movedTo")
    .addHelpText(
      "after",
      `
What the data folder held is moved to a subfolder. What was dispatched after
the backup was made may be dispatched once more. It needs Node 24.

Examples:
  zekt restore /var/backups/zekt-2026-01-31
  zekt restore --data /var/lib/zekt /var/backups/zekt-2026-01-31 --yes
`,
    )
    .action(async (source: string, options: { data?: string; yes?: true; json?: true }) => {
      const folder = dataFolder(io, options.data);
      const { checkBackup, holdsData, restore } = await sqlite();
      const report = (part: number): void => io.progress(percent("Checking", part));
      const { madeAt } = await explained(() => checkBackup(source, report));
      io.progress("");
      const aside = `before-restore-${new Date(io.now()).toISOString().replaceAll(/[:.]/g, "-")}`;
      if (holdsData(folder)) {
        const what = `Zekt will replace the data in ${visible(folder)} by the backup of ${visible(madeAt)}, and move what is there to ${aside} in it.`;
        await confirm(io, options.yes ?? false, what, "Nothing was restored.");
      }
      const movedTo = await explained(() => restore(source, folder, aside, report));
      io.progress("");
      if (options.json) io.out(json({ folder, madeAt, movedTo }));
      else {
        io.out(`Restored the backup of ${visible(madeAt)} to ${visible(folder)}.\n`);
        if (movedTo !== null) io.out(`What was there is in ${visible(movedTo)}.\n`);
      }
    });

const percent = (what: string, part: number): string => `${what} ${Math.floor(part * 100)} %`;
const megabytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MB`;

/** Loads what needs SQLite, which the oldest Node that runs other commands has not. */
async function sqlite(): Promise<typeof import("../../app/store/sqlite/backup.ts")> {
  try {
    return await import("../../app/store/sqlite/backup.ts");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ERR_UNKNOWN_BUILTIN_MODULE" && !(error instanceof SyntaxError)) throw error;
    throw new CommandError(EXIT.usage, `This command needs Node 24; this is ${process.version}.`);
  }
}

/**
 * The codes of what a folder or its disk does not allow; SQLite has one for all of its own. Windows says EPERM where
 * others say EACCES, and EBUSY of a file that another program has open.
 * https://github.com/libuv/libuv/pull/3565
 */
const OF_THE_DISK = new Set([
  "EACCES",
  "EBUSY",
  "EDQUOT",
  "EIO",
  "ENOSPC",
  "ENOTDIR",
  "EPERM",
  "EROFS",
  "ERR_SQLITE_ERROR",
]);

/** Names of the errors whose message is written for the user. */
const WITH_A_SENTENCE = new Set(["BackupFailed", "DamagedLock", "FolderInUse"]);

/** Ends the command with the sentence of an error that has one for its user. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { name, message, code } = error as NodeJS.ErrnoException;
    if (WITH_A_SENTENCE.has(name)) throw new CommandError(EXIT.refused, message);
    if (code !== undefined && OF_THE_DISK.has(code))
      throw new CommandError(EXIT.refused, `It failed: ${message}.`);
    throw error;
  }
}
