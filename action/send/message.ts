import { readFileSync } from "node:fs";
import { compactJson } from "../../shared/compact-json.ts";
import { IS_UTF_16, isUtf16 } from "../../shared/utf-16.ts";
import { StepError } from "../shared/step-error.ts";
import { checkJson } from "./json.ts";

/** A message's size limit: UTF-8 bytes of its JSON. */
const MAX_BYTES = 512 * 1024;

/** The event type under which Zekt itself announces runs that finished. */
const RESERVED = "zekt-workflow-completed";

/** The message of a step, as JSON with its numbers as they were written, and its size in UTF-8 bytes. */
export interface Message {
  json: string;
  bytes: number;
}

/**
 * Checks an event type as Zekt and GitHub will.
 *
 * @throws StepError where they would refuse it
 */
export function checkEventType(eventType: string): string {
  if (eventType === RESERVED) {
    throw new StepError(
      `event-type ${RESERVED} is reserved, as it announces runs that finished; choose another.`,
    );
  }
  const length = [...eventType].length;
  if (length === 0 || length > 100) {
    throw new StepError(`event-type must have 1 to 100 characters; it has ${length}.`);
  }
  return eventType;
}

/**
 * Reads whether a message is to be encrypted.
 *
 * @throws StepError for what is neither true nor false
 */
export function readShield(given: string): boolean {
  if (/^true$/i.test(given)) return true;
  if (given === "" || /^false$/i.test(given)) return false;
  throw new StepError(`shield must be true or false, not ${given}.`);
}

/**
 * Reads the message from the input or the file, as JSON within the limit.
 *
 * @throws StepError where both are given, or what is given cannot be sent
 */
export function readMessage(payload: string, file: string): Message {
  if (file !== "" && payload !== "" && payload !== "{}") {
    throw new StepError("Give either payload or payload-file, not both.");
  }
  const source = file === "" ? "payload" : `payload-file ${file}`;
  const text = file === "" ? payload || "{}" : readText(file);
  checkJson(text, source);
  const json = compactJson(text);
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_BYTES) {
    throw new StepError(`${source} has ${bytes} bytes as JSON in UTF-8; the limit is ${MAX_BYTES}.`);
  }
  return { json, bytes };
}

const WHY_UNREADABLE: Readonly<Record<string, string>> = {
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is not UTF-8",
  EISDIR: "it is a folder",
  ENOENT: "there is no such file. A relative path starts at the workspace",
};

function readText(file: string): string {
  let bytes: Uint8Array = new Uint8Array();
  try {
    bytes = readFileSync(file);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = isUtf16(bytes) ? IS_UTF_16 : (WHY_UNREADABLE[code ?? ""] ?? code);
    throw new StepError(`payload-file ${file} cannot be read: ${why}.`, { cause: error });
  }
}
