import { parse } from "yaml";

/**
 * The event types a workflow file listens to by `repository_dispatch`: null for any, an empty list where
 * it does not listen at all or cannot be read.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#repository_dispatch
 */
export function dispatchTypesOf(text: string): string[] | null {
  let on: unknown;
  try {
    const file = parse(text, { uniqueKeys: false }) as Record<string, unknown> | null;
    // YAML 1.1 reads the key `on` as true; whichever way it came, it is what starts the workflow.
    on = file?.on ?? file?.true;
  } catch {
    return [];
  }
  if (on === "repository_dispatch") return null;
  if (Array.isArray(on)) return on.includes("repository_dispatch") ? null : [];
  if (typeof on !== "object" || on === null || !("repository_dispatch" in on)) return [];
  const types = (on.repository_dispatch as { types?: unknown } | null)?.types;
  if (types === undefined || types === null) return null;
  return (Array.isArray(types) ? types : [types]).map(String);
}
