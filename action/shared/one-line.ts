import { info } from "@actions/core";

/**
 * Returns a text as one line that no runner takes for a workflow command, whoever wrote it. Commands start a line
 * with `::`; in their older form they stand anywhere after `##[`.
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
