import { Command, Option } from "commander";
import type { FileProblem } from "../../app/domain/zekt-yml/read-zekt-file.ts";
import { ZEKT_FILE } from "../../app/domain/zekt-yml/zekt-file-path.ts";
import { checkFile, faultsInWords } from "../check-file.ts";
import { CommandError, EXIT } from "../exit.ts";
import type { Io } from "../io.ts";
import { annotation } from "../output/annotation.ts";
import { json } from "../output/json.ts";
import { visible } from "../output/visible.ts";
import { readInput } from "../read-input.ts";

const EXAMPLES = `
It needs no network. It cannot know whether workflows, services and owners
exist: Zekt checks those when the file reaches the default branch.

Examples:
  zekt validate
  zekt validate other/.github/zekt.yml
  git show HEAD:.github/zekt.yml | zekt validate -
  zekt validate --github    # in a workflow: marks the lines of a pull request
`;

/** Checks a zekt.yml by the server's own rules. */
export const validateCommand = (io: Io): Command =>
  new Command("validate")
    .summary("check a zekt.yml")
    .description("Checks a zekt.yml by the server's own rules, and says where each fault is.")
    .argument("[file]", "the file; - reads stdin", ZEKT_FILE)
    .option("--json", "print JSON: file, valid, problems")
    .addOption(new Option("--github", "print annotations of GitHub Actions").conflicts("json"))
    .addHelpText("after", EXAMPLES)
    .action((file: string, options: { json?: true; github?: true }) => {
      const problems = checkFile(readInput(io, file));
      if (options.json) io.out(json({ file, valid: problems.length === 0, problems }));
      else for (const one of problems) io.out(options.github ? annotation(file, one) : lineOf(file, one));
      const name = visible(file);
      if (problems.length > 0)
        throw new CommandError(EXIT.refused, `${faultsInWords(problems.length)} in ${name}.`);
      if (!options.json) io.out(`${name} is valid.\n`);
    });

const lineOf = (file: string, { line, column, message }: FileProblem): string =>
  `${visible(`${file}:${line}:${column}: ${message}`)}\n`;
