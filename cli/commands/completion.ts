import { Argument, Command } from "commander";
import { completionFor, SHELLS, type Shell } from "../completion.ts";
import type { Io } from "../io.ts";

const EXAMPLES = `
Examples:
  zekt completion bash > ~/.local/share/bash-completion/completions/zekt
  zekt completion zsh > ~/.zfunc/_zekt    # a folder of your fpath
  zekt completion fish > ~/.config/fish/completions/zekt.fish
`;

/** Prints the script by which a shell completes what is typed. */
export const completionCommand = (io: Io): Command => {
  const command = new Command("completion");
  return command
    .summary("print a script for your shell's completion")
    .description("Prints the script by which a shell completes commands, options and their choices.")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText("after", EXAMPLES)
    .action((shell: Shell) => {
      io.out(completionFor(shell, command.parent ?? command));
    });
};
