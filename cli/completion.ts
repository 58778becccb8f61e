import type { Command } from "commander";

/** The shells that completion is written for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

interface Completed {
  name: string;
  summary: string;
  /** The values that its argument may have; empty for any word or file. */
  words: readonly string[];
  options: { flags: string[]; text: string; choices: readonly string[]; takesValue: boolean }[];
}

/** Returns the script by which a shell completes commands, options and their choices. */
export function completionFor(shell: Shell, program: Command): string {
  const commands = program.commands.map(
    (command): Completed => ({
      name: command.name(),
      summary: command.summary() || command.description(),
      words: command.registeredArguments[0]?.argChoices ?? [],
      options: command.options.map(({ long, short, description, argChoices, required }) => ({
        flags: [long, short].filter((flag) => flag !== undefined && flag !== null),
        text: description,
        choices: argChoices ?? [],
        takesValue: required,
      })),
    }),
  );
  return { bash, zsh, fish }[shell](commands);
}

const flagsOf = ({ options }: Completed): string =>
  [...options.flatMap(({ flags }) => flags), "--help"].join(" ");

function bash(commands: readonly Completed[]): string {
  const choices = commands.flatMap(({ name, options }) =>
    options
      .filter((option) => option.choices.length > 0)
      .map(
        ({ flags, choices: words }) =>
          `    ${flags.map((flag) => `"${name} ${flag}"`).join("|")}) COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$word")); return ;;`,
      ),
  );
  const worded = commands.filter(({ words }) => words.length > 0);
  return `_zekt() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")} help --help --version" -- "$word"))
    return
  fi
  case "$command $before" in
${choices.join("\n")}
  esac
  case "$word" in
    -*) case "$command" in
${commands.map((command) => `      ${command.name}) COMPREPLY=($(compgen -W "${flagsOf(command)}" -- "$word")) ;;`).join("\n")}
      esac ;;
    *) case "$command" in
${worded.map(({ name, words }) => `      ${name}) COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$word")) ;;`).join("\n")}
      # A line each, since names of files may hold blanks.
      *) local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$word")) ;;
      esac ;;
  esac
}
complete -o filenames -F _zekt zekt
`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
/** A text within a zsh specification, where brackets and colons have a meaning. */
const zshText = (text: string): string => text.replaceAll(/[[\]:\\]/g, (one) => `\\${one}`);

function zsh(commands: readonly Completed[]): string {
  const specification = ({ flags, text, choices, takesValue }: Completed["options"][number]): string[] =>
    flags.map((flag) => {
      const value = choices.length > 0 ? `:value:(${choices.join(" ")})` : takesValue ? ":value:_files" : "";
      return quoted(`${flag}[${zshText(text)}]${value}`);
    });
  return `#compdef zekt
_zekt() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${commands.map(({ name, summary }) => `      ${quoted(`${name}:${zshText(summary)}`)}`).join("\n")}
    )
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands
  .map(
    ({ name, words, options }) =>
      `    ${name}) _arguments ${[...options.flatMap(specification), "'--help[print this help]'", words.length > 0 ? `'1:argument:(${words.join(" ")})'` : "'*:argument:_files'"].join(" ")} ;;`,
  )
  .join("\n")}
  esac
}
if [ "$funcstack[1]" = _zekt ]; then _zekt; else compdef _zekt zekt; fi
`;
}

function fish(commands: readonly Completed[]): string {
  const first = commands.map(
    ({ name, summary }) => `complete -c zekt -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
  );
  const options = commands.flatMap(({ name, options }) =>
    options.map(({ flags, text, choices, takesValue }) => {
      const names = flags.map((flag) =>
        flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      );
      const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(" "))}` : takesValue ? " -r" : "";
      return `complete -c zekt -n '__fish_seen_subcommand_from ${name}' ${names.join(" ")}${value} -d ${quoted(text)}`;
    }),
  );
  const words = commands
    .filter((command) => command.words.length > 0)
    .map(
      (command) =>
        `complete -c zekt -n '__fish_seen_subcommand_from ${command.name}' -f -a ${quoted(command.words.join(" "))}`,
    );
  return `${[...first, ...words, ...options].join("\n")}\n`;
}
