import { readFileSync } from "node:fs";
import { StepError } from "../shared/step-error.ts";

/** A message's size limit: UTF-8 bytes of its JSON. */
export const MAX_BYTES = 512 * 1024;

/** The event type under which Zekt itself announces runs that finished. */
const RESERVED = "zekt-workflow-completed";

/** Checks an event type as Zekt and GitHub will. */
export function checkEventType(eventType: string): string {
  if (eventType === RESERVED) throw new StepError(`event-type ${RESERVED} is reserved; choose another.`);
  const length = [...eventType].length;
  if (length === 0 || length > 100)
    throw new StepError(`event-type must have 1 to 100 characters; it has ${length}.`);
  return eventType;
}

/** Reads the message from the input or the file, as JSON within the limit. */
export function readMessage(payload: string, file: string): { payload: unknown; bytes: number } {
  if (file !== "" && payload !== "" && payload.trim() !== "{}") {
    throw new StepError("Give either payload or payload-file, not both.");
  }
  const source = file === "" ? "payload" : `payload-file ${file}`;
  const message = parse(file === "" ? payload || "{}" : readText(file), source);
  const bytes = Buffer.byteLength(JSON.stringify(message));
  if (bytes > MAX_BYTES) {
    throw new StepError(`${source} has ${bytes} bytes as JSON in UTF-8; the limit is ${MAX_BYTES}.`);
  }
  return { payload: message, bytes };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw new StepError(
      `payload-file ${file} cannot be read (${(error as { code?: string }).code ?? "unknown"}).`,
      { cause: error },
    );
  }
}

function parse(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StepError(`${source} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
