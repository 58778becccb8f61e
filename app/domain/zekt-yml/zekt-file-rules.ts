import type { PlacedProblem } from "./read-zekt-file.ts";
import type { ZektFile } from "./zekt-file.ts";

/** Problems for all entries but the first of each key. */
function twice<T>(
  entries: readonly T[],
  path: readonly PropertyKey[],
  keyOf: (entry: T) => string,
): PlacedProblem[] {
  const seen = new Set<string>();
  return entries.flatMap((entry, index) => {
    const key = keyOf(entry);
    if (seen.has(key)) return [{ path: [...path, index], message: `${key} is in this list twice` }];
    seen.add(key);
    return [];
  });
}

/**
 * Returns the faults of a file on its own, without GitHub's or Zekt's data: entries that repeat or miss one
 * another.
 */
export function problemsWithin({ provider, consumer }: ZektFile): PlacedProblem[] {
  const problems: PlacedProblem[] = [];
  if (provider) {
    const { workflows, services, approvals } = provider;
    problems.push(
      ...twice(workflows, ["provider", "workflows"], (path) => path),
      ...twice(services, ["provider", "services"], ({ slug }) => slug),
      ...twice(
        approvals,
        ["provider", "approvals"],
        ({ service, repository }) => `${repository.toLowerCase()} for ${service}`,
      ),
    );
    for (const [index, { workflow }] of services.entries()) {
      if (workflows.includes(workflow)) continue;
      problems.push({
        path: ["provider", "services", index, "workflow"],
        message: `${workflow} is not in provider.workflows; list it there so that its runs may leave`,
      });
    }
    for (const [index, { service }] of approvals.entries()) {
      if (services.some(({ slug }) => slug === service)) continue;
      problems.push({
        path: ["provider", "approvals", index, "service"],
        message: `there is no service ${service} in provider.services`,
      });
    }
  }
  if (consumer) {
    problems.push(
      ...twice(consumer.subscriptions, ["consumer", "subscriptions"], ({ service, workflow }) =>
        [service.toLowerCase(), ...(workflow === null ? [] : [`for ${workflow}`])].join(" "),
      ),
    );
  }
  return problems;
}
