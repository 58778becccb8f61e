import { readSchema } from "../../app/domain/intake/message-schema.ts";
import { StepError } from "../shared/step-error.ts";

/*
 * A part of its own, which a step loads only where it encrypts a message whose event type has a schema.
 */

/** A schema of a message's event type, as a service declares it. */
export interface MessageType {
  service: string;
  version: string;
  mode: "enforce" | "warn";
  schema: Readonly<Record<string, unknown>>;
}

/**
 * Judges a message by the schemas of its event type, as Zekt would if it could read it. Returns a sentence for each
 * that only warns.
 *
 * @throws StepError with each place that does not fit
 */
export function judge(eventType: string, json: string, types: readonly MessageType[]): string[] {
  const warnings: string[] = [];
  for (const { service, version, mode, schema } of types) {
    const faults = faultsOf(service, schema, json);
    if (faults.length === 0) continue;
    const places = faults.map(({ pointer, detail }) => `/payload${pointer} ${detail}`).join("; ");
    const said = `The message does not fit the schema that the service ${service} declares for ${eventType} ${version}`;
    if (mode === "enforce") throw new StepError(`${said}, so it was not sent (at ${places}).`);
    warnings.push(`${said} (at ${places}).`);
  }
  return warnings;
}

function faultsOf(service: string, schema: MessageType["schema"], json: string) {
  try {
    return readSchema(schema)(json);
  } catch (error) {
    throw new StepError(
      `The schema of the service ${service} cannot be judged by, so nothing was sent: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}
