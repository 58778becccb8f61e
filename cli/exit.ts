/** The exit codes of every command. */
export const EXIT = { ok: 0, refused: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a sentence on stderr and an exit code. */
export class CommandError extends Error {
  override name = "CommandError";
  readonly exitCode: ExitCode;
  /** The status of Zekt's answer, where that ended the command. */
  readonly status: number | null;
  /** The choices that the sentence speaks of, a line for each. */
  readonly choices: readonly string[];

  constructor(
    exitCode: ExitCode,
    message: string,
    status: number | null = null,
    choices: readonly string[] = [],
  ) {
    super(message);
    this.exitCode = exitCode;
    this.status = status;
    this.choices = choices;
  }
}

/** Makes the error of a wrong argument or option, or of a missing setting. */
export const usageError = (message: string, choices: readonly string[] = []): CommandError =>
  new CommandError(EXIT.usage, message, null, choices);
