import { readdirSync, readFileSync } from "node:fs";

/**
 * Ends the processes that a job's steps have left running. They are known, as a runner knows them, by the
 * RUNNER_TRACKING_ID in their environment; where there is no /proc, nothing is known of them.
 */
export function endOrphans(trackingId: string): void {
  const marker = `RUNNER_TRACKING_ID=${trackingId}\0`;
  for (const pid of processIds()) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, "latin1").includes(marker)) process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself, or is somebody else's.
    }
  }
}

function processIds(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}
