import { setFailed, summary } from "@actions/core";

/** Runs a step; a failure becomes its one error and exit code 1. */
export async function run(step: () => Promise<void>, onFailure: () => void = () => {}): Promise<void> {
  try {
    await step();
  } catch (error) {
    onFailure();
    setFailed((error as Error).message.replace(/\s+/g, " "));
  }
}

/** Writes a table of facts to the job's summary, where there is one. */
export async function summarize(title: string, facts: readonly (readonly [string, string])[]): Promise<void> {
  if (!process.env.GITHUB_STEP_SUMMARY) return;
  await summary
    .addHeading(title, 3)
    .addTable(facts.map(([name, value]) => [{ data: name, header: true }, asText(value)]))
    .write();
}

const asText = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
