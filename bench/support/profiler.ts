import { type Profiler, Session } from "node:inspector/promises";

const session = new Session();

export async function startProfile(): Promise<void> {
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.start");
}

/** Ends the profile; tells which packages and functions the time went to, the longest first. */
export async function endProfile(): Promise<string[]> {
  const { profile } = (await session.post("Profiler.stop")) as { profile: Profiler.Profile };
  session.disconnect();
  const selfTime = new Map<number, number>();
  for (const [index, id] of (profile.samples ?? []).entries())
    selfTime.set(id, (selfTime.get(id) ?? 0) + (profile.timeDeltas?.[index] ?? 0));
  const packages = new Map<string, number>();
  const functions = new Map<string, number>();
  let total = 0;
  let idle = 0;
  for (const { id, callFrame } of profile.nodes) {
    const { functionName, url, lineNumber } = callFrame;
    const ms = (selfTime.get(id) ?? 0) / 1000;
    if (functionName === "(idle)") {
      idle += ms;
      continue;
    }
    total += ms;
    const name =
      /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ??
      (url.includes("/app/") ? "zekt" : url.split(":")[0] || functionName);
    packages.set(name, (packages.get(name) ?? 0) + ms);
    const place = `${functionName || "(anonymous)"} ${url.split("/").slice(-3).join("/")}:${lineNumber}`;
    functions.set(place, (functions.get(place) ?? 0) + ms);
  }
  const top = (all: Map<string, number>, count: number): string[] =>
    [...all]
      .sort(([, a], [, b]) => b - a)
      .slice(0, count)
      .map(([name, ms]) => `${((ms * 100) / total).toFixed(1).padStart(5)} %  ${name}`);
  const busy = `its thread was busy for ${((total * 100) / (total + idle)).toFixed(0)} % of the time`;
  return [busy, "", ...top(packages, 14), "", ...top(functions, 25)];
}
