import { Command, CommanderError } from "commander";
import about from "../package.json" with { type: "json" };
import { approveCommand } from "./commands/approve.ts";
import { backupCommand, restoreCommand } from "./commands/backup.ts";
import { completionCommand } from "./commands/completion.ts";
import { deliveriesCommand } from "./commands/deliveries.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { fixtureCommand } from "./commands/fixture.ts";
import { keysCommand } from "./commands/keys.ts";
import { loginCommand, logoutCommand } from "./commands/login.ts";
import { queueCommand, stuckCommand } from "./commands/operations.ts";
import { replayCommand } from "./commands/replay.ts";
import { sendCommand } from "./commands/send.ts";
import { showCommand } from "./commands/show.ts";
import { subscribeCommand } from "./commands/subscribe.ts";
import { tailCommand } from "./commands/tail.ts";
import { validateCommand } from "./commands/validate.ts";
import { CommandError, EXIT, type ExitCode } from "./exit.ts";
import type { Io } from "./io.ts";
import { visible } from "./output/visible.ts";

/** Every command: of files, of a user, and of those who run a server. */
const COMMANDS = [
  validateCommand,
  fixtureCommand,
  loginCommand,
  logoutCommand,
  doctorCommand,
  deliveriesCommand,
  showCommand,
  tailCommand,
  replayCommand,
  subscribeCommand,
  approveCommand,
  sendCommand,
  keysCommand,
  stuckCommand,
  queueCommand,
  backupCommand,
  restoreCommand,
  completionCommand,
];

const HELP = `
Exit codes:
  0    done
  1    refused by Zekt or by you, or what was checked has faults
  2    wrong usage: a command, an option, a setting or a file
  3    Zekt could not be reached
  130  Ctrl+C ended it before it was done

Environment:
  ZEKT_URL    the address of your Zekt, such as https://zekt.example.com
  ZEKT_TOKEN  a GitHub user token issued to its App, in place of zekt login;
              other users of a machine may read options, but not this
  NO_COLOR    turns colours off; a pipe never gets any
`;

/** Returns the program with all its commands. */
export function programOf(io: Io): Command {
  const program = new Command("zekt")
    .description("Checks, follows and runs what Zekt carries between repositories.")
    .version(about.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", HELP)
    .exitOverride()
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      getOutHelpWidth: () => io.columns,
      getErrHelpWidth: () => io.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const make of COMMANDS) {
    program.addCommand(make(io).copyInheritedSettings(program));
  }
  return program;
}

/** Runs a command and returns its exit code; a fault of the program itself is thrown. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  try {
    await programOf(io).parseAsync(args, { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof CommandError)) throw error;
    // Texts of others may be among them, so that each keeps to its line.
    const lines = [`zekt: ${error.message}`, ...error.choices.map((one) => `  ${one}`)];
    for (const line of lines) io.err(`${visible(line)}\n`);
    return error.exitCode;
  }
}
