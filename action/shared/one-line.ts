import { info } from "@actions/core";

/**
 * A text as one line that no runner takes for a workflow command, whoever wrote it: commands start a
 * line with `::`, or, in their older form, stand anywhere in it after `##[`.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export const oneLine = (text: string): string =>
  text
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .replace(/^::/, ": :")
    .replaceAll("##[", "## [");

/** Writes one line to the step's log. */
export const say = (text: string): void => info(oneLine(text));
