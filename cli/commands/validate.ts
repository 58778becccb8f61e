import { Command, Option } from "commander";
import type { FileProblem } from "../../app/domain/zekt-yml/read-zekt-file.ts";
import { ZEKT_FILE } from "../../app/domain/zekt-yml/zekt-file-path.ts";
import { baseOfServer } from "../api/base-of-server.ts";
import { clientOf, type ServerOptions, withServer } from "../api/client.ts";
import {
  type Base,
  baseHasFaults,
  baseOfFile,
  type Checked,
  checkFile,
  faultsInWords,
} from "../check-file.ts";
import { CommandError, EXIT, usageError } from "../exit.ts";
import type { Io } from "../io.ts";
import { annotation } from "../output/annotation.ts";
import { json } from "../output/json.ts";
import { visible } from "../output/visible.ts";
import { readInput } from "../read-input.ts";

const EXAMPLES = `
It needs no network, except with --repository. It cannot know whether workflows,
services and owners exist: Zekt checks those when the file reaches the default
branch. With --base or --repository it says which changes of services and event
types break subscribers. What it cannot decide "may break".

Examples:
  zekt validate
  zekt validate other/.github/zekt.yml
  git show HEAD:.github/zekt.yml | zekt validate -
  git show origin/main:.github/zekt.yml | zekt validate --base -
  zekt validate --repository acme/releases --breaking fail
  zekt validate --github    # in a workflow: marks the lines of a pull request
`;

interface Options extends ServerOptions {
  base?: string;
  repository?: string;
  breaking: "warn" | "fail";
  json?: true;
  github?: true;
}

/** Checks a zekt.yml by the server's own rules. */
export const validateCommand = (io: Io): Command =>
  withServer(
    new Command("validate")
      .summary("check a zekt.yml")
      .description("Checks a zekt.yml by the server's own rules, and says where each fault is.")
      .argument("[file]", "the file; - reads stdin", ZEKT_FILE),
  )
    .option("--base <file>", "the version before, to compare with; - reads stdin")
    .addOption(
      new Option(
        "--repository <name>",
        "compare with what this repository offers at your Zekt, and name its subscribers",
      ).conflicts("base"),
    )
    .addOption(
      new Option("--breaking <choice>", "what a change does that breaks subscribers")
        .choices(["warn", "fail"])
        .default("warn"),
    )
    .option("--json", "print JSON: file, valid, problems; with a base also changes")
    .addOption(new Option("--github", "print annotations of GitHub Actions").conflicts("json"))
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, options: Options) => {
      if (file === "-" && options.base === "-") throw usageError("Only one of them can be read from stdin.");
      // A script that forgot it would take each change for a good one.
      if (options.breaking === "fail" && options.base === undefined && options.repository === undefined)
        throw usageError("--breaking fail needs the version before: give --base or --repository.");
      const text = readInput(io, file);
      const base = await baseOf(io, options);
      const checked = await checkFile(text, base);
      const { problems, changes } = checked;
      const { breaking } = options;
      const broken = breaking === "fail" ? changes.filter(({ verdict }) => verdict === "breaks").length : 0;
      if (options.json) {
        const valid = problems.length === 0 && broken === 0;
        io.out(json({ file, valid, problems, ...(base ? { changes } : {}) }));
      } else print(io, file, checked, options);
      const name = visible(file);
      if (problems.length > 0)
        throw new CommandError(EXIT.refused, `${faultsInWords(problems.length)} in ${name}.`);
      if (broken > 0)
        throw new CommandError(
          EXIT.refused,
          `${name} is valid, and ${broken} of its changes ${broken === 1 ? "breaks" : "break"} subscribers.`,
        );
      if (!options.json) io.out(`${name} is valid.\n`);
    });

async function baseOf(io: Io, options: Options): Promise<Base | null> {
  const { base, repository } = options;
  if (base !== undefined) {
    const found = baseOfFile(readInput(io, base));
    if (found === null) io.err(`zekt: ${visible(baseHasFaults(base))}\n`);
    return found;
  }
  return repository === undefined ? null : await baseOfServer(await clientOf(io, options), repository);
}

function print(io: Io, file: string, { problems, changes }: Checked, { github, breaking }: Options): void {
  for (const one of problems) io.out(github ? annotation(file, one) : lineOf(file, one));
  for (const one of changes) {
    const level = breaking === "fail" && one.verdict === "breaks" ? "error" : "warning";
    io.out(github ? annotation(file, one, level) : lineOf(file, one));
  }
}

const lineOf = (file: string, { line, column, message }: FileProblem): string =>
  `${visible(`${file}:${line}:${column}: ${message}`)}\n`;
