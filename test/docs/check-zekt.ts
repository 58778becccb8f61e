import { processIo } from "../../cli/io.ts";
import { programOf } from "../../cli/program.ts";

const program = programOf(processIo());

/** Returns the faults of a call of `zekt`: a command or an option that it does not have. */
export function checkZekt(line: string): string[] {
  const [, ...words] = (line.split(/ [|#] ?/)[0] ?? "").split(/\s+/);
  const [name = ""] = words;
  const command = name.startsWith("-") ? program : program.commands.find((one) => one.name() === name);
  if (!command) return [`zekt has no command ${name}`];
  const known = ["--help", ...command.options.flatMap(({ long, short }) => [long, short])];
  return words
    .filter((word) => /^--?\w/.test(word) && !known.includes(word))
    .map((word) => `zekt ${name} has no option ${word}`);
}
