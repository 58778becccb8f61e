import { summary, warning } from "@actions/core";
import { oneLine } from "./one-line.ts";

/**
 * Adds a table of facts to the job's summary, where there is one. What the step did stands even if its
 * summary cannot be written.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
 */
export async function summarize(title: string, facts: readonly (readonly [string, string])[]): Promise<void> {
  if (!process.env.GITHUB_STEP_SUMMARY) return;
  try {
    await summary
      .addHeading(title, 3)
      .addTable(facts.map(([name, value]) => [{ data: name, header: true }, asText(value)]))
      .write();
  } catch (error) {
    warning(`The job's summary could not be written: ${oneLine((error as Error).message)}`);
  }
}

/** Text as HTML, in one line: after an empty one the rest of a table would be read as Markdown. */
const asText = (text: string): string =>
  oneLine(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
