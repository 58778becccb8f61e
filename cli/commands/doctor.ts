import { styleText } from "node:util";
import { Command } from "commander";
import { type ServerOptions, urlOf, withServer } from "../api/client.ts";
import { faultsInWords } from "../check-file.ts";
import { checkAccess } from "../doctor/check-access.ts";
import { checkServer, hasServer } from "../doctor/check-server.ts";
import { type Finding, fault } from "../doctor/finding.ts";
import { CommandError, EXIT } from "../exit.ts";
import type { Io } from "../io.ts";
import { json } from "../output/json.ts";
import { visible } from "../output/visible.ts";

const EXAMPLES = `
In the folder of a server it checks that server: its settings, its data
folder, its GitHub App and the App's webhook. Where you gave an address or
logged in, it checks the way to that Zekt. It changes nothing. Exit code 1
says that something is wrong.

Examples:
  zekt doctor
  zekt doctor --url https://zekt.example.com
  zekt doctor --data /var/lib/zekt --json
`;

interface Options extends ServerOptions {
  data?: string;
  json?: true;
}

const COLOURS = { ok: "green", warning: "yellow", fault: "red" } as const;

/** Finds what is wrong with a Zekt, or with the way to it. */
export const doctorCommand = (io: Io): Command =>
  withServer(
    new Command("doctor")
      .summary("find out what is wrong, and what to do about it")
      .description("Checks a server on this machine and your access to a Zekt, and says what to do."),
  )
    .option("--data <folder>", "the data folder of the server (default: ZEKT_DATA_DIR, or .zekt)")
    .option("--json", "print JSON: a list of check, state, found, remedy")
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      const findings: Finding[] = [];
      if (hasServer(io, options.data)) {
        io.progress("Checking the server");
        findings.push(...(await checkServer(io, options.data)));
      }
      if (urlOf(io, options) !== null) {
        io.progress("Checking your access");
        findings.push(...(await checkAccess(io, options)));
      }
      io.progress("");
      if (findings.length === 0) findings.push(NOTHING);
      if (options.json) io.out(json(findings));
      else for (const one of findings) io.out(linesOf(io, one));
      const faults = findings.filter(({ state }) => state === "fault").length;
      if (faults > 0) throw new CommandError(EXIT.refused, `${faultsInWords(faults)}.`);
    });

const NOTHING = fault(
  "settings",
  "there is neither a server in this folder nor the address of one",
  "Give an address by --url or ZEKT_URL, or run it in the folder of a server.",
);

function linesOf(io: Io, { check, state, found, remedy }: Finding): string {
  const word = state.padEnd(8);
  const shown = io.showsColour ? styleText(COLOURS[state], word, { validateStream: false }) : word;
  const line = `${shown} ${check.padEnd(12)} ${visible(found)}\n`;
  return remedy === null ? line : `${line}${" ".repeat(22)}${visible(remedy)}\n`;
}
