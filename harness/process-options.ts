import { systemClock } from "../app/domain/clock.ts";
import type { Storage } from "../app/store/ports.ts";
import type { LocalAws } from "./local-aws.ts";

/** Returns the settings by which {@link localAwsStorage} finds a local AWS from another process. */
export const awsSettings = ({ endpoints, names }: LocalAws): Record<string, string> => ({
  LOCAL_AWS: JSON.stringify({ endpoints, names }),
});

/** Opens the local AWS that the environment names; undefined where it names none, and then loads nothing of AWS. */
export async function localAwsStorage(): Promise<Storage | undefined> {
  const { LOCAL_AWS } = process.env;
  if (!LOCAL_AWS) return undefined;
  const { endpoints, names } = JSON.parse(LOCAL_AWS) as Pick<LocalAws, "endpoints" | "names">;
  const { awsClients } = await import("../app/store/aws/clients.ts");
  const { awsStorage } = await import("../app/store/aws/storage.ts");
  return awsStorage(awsClients(endpoints), names);
}

/** Sets the process's clock ahead by the milliseconds that the environment says. */
export function setClockAhead(): void {
  const ahead = Number(process.env.CLOCK_AHEAD ?? 0);
  systemClock.now = () => Date.now() + ahead;
}
