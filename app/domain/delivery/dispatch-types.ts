import { isMap, isScalar, isSeq, type Pair } from "yaml";
import {
  offsetOf,
  Refused,
  type RefusedFile,
  readWorkflow,
  textOf,
  type WorkflowFile,
} from "./workflow-file.ts";

/** A workflow file's listening to `repository_dispatch`. */
export interface ReadFile {
  /** The event types it listens to: null for any, an empty list where it does not listen. */
  types: string[] | null;
  /** Why GitHub would not run it; null where nothing is wrong with what starts it. */
  refused: RefusedFile | null;
}

/** Facts of a workflow file that tracking needs besides. */
export interface FileMarks {
  /** True where it uses the confirm or the complete action, or their addresses. */
  speaks: boolean;
  /** True where it uses the confirm action, or its address. */
  confirms: boolean;
  /** True where its run-name holds the delivery id. */
  namesDelivery: boolean;
}

/** Reads {@link FileMarks} from a workflow file, by its lines without comments. */
export function readMarks(text: string): FileMarks {
  const lines = text.split("\n").filter((line) => !line.trimStart().startsWith("#"));
  const uses = (step: RegExp): boolean => lines.some((line) => step.test(line));
  const confirms = uses(/\b(?:action|event-delivery)\/confirm\b/);
  return {
    speaks: confirms || uses(/\b(?:action|event-delivery)\/complete\b/),
    confirms,
    namesDelivery: lines.some((line) => line.startsWith("run-name:") && line.includes("deliveryId")),
  };
}

/**
 * Reads the event types that a workflow file listens to by `repository_dispatch`, as GitHub does.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#repository_dispatch
 */
export function readDispatchTypes(text: string): ReadFile {
  const { value, refused } = readWorkflow(text, typesOf);
  return refused ? { types: [], refused } : { types: value, refused: null };
}

/** Returns the event types alone; none of a file that GitHub refuses. */
export const dispatchTypesOf = (text: string): string[] | null => readDispatchTypes(text).types;

/**
 * Returns the event types that a parsed workflow file listens to; null for any.
 *
 * @throws Refused where GitHub refuses the file
 */
export function typesOf(file: WorkflowFile): string[] | null {
  const pairOf = (name: string): Pair | undefined => file.root.items.find(({ key }) => textOf(key) === name);
  const on = pairOf("on");
  if (!on) {
    const odd = pairOf("true");
    throw new Refused(
      odd ? offsetOf(odd.key) : 0,
      odd ? "The key true is none; write on." : "It has no key on.",
    );
  }
  const jobs = pairOf("jobs");
  if (!jobs || !isMap(file.resolved(jobs.value))) {
    throw new Refused(jobs ? offsetOf(jobs.key) : 0, "It has no jobs.");
  }
  return typesBy(file.resolved(on.value), file);
}

function typesBy(on: unknown, file: WorkflowFile): string[] | null {
  if (isScalar(on)) return on.value === "repository_dispatch" ? null : [];
  if (isSeq(on)) return file.items(on).some((one) => textOf(one) === "repository_dispatch") ? null : [];
  if (!isMap(on)) return [];
  const dispatch = on.items.find(({ key }) => textOf(key) === "repository_dispatch");
  if (!dispatch) return [];
  const settings = file.resolved(dispatch.value);
  if (settings === null || (isScalar(settings) && settings.value === null)) return null;
  if (!isMap(settings)) throw new Refused(offsetOf(dispatch.key), "repository_dispatch holds no mapping.");
  const odd = settings.items.find(({ key }) => textOf(key) !== "types");
  if (odd) throw new Refused(offsetOf(odd.key), `repository_dispatch knows no key ${textOf(odd.key)}.`);
  const types = file.resolved(settings.items[0]?.value ?? null);
  if (types === null || (isScalar(types) && types.value === null)) return null;
  const listed = isSeq(types) ? file.items(types) : [types];
  return listed.map((one) => {
    if (isScalar(one) && one.value !== null) return String(one.value);
    throw new Refused(offsetOf(one, offsetOf(types)), "An event type is no text.");
  });
}

/** Returns whether a dispatch of this type starts a workflow that listens to these types. */
export const listensTo = (types: readonly string[] | null, eventType: string): boolean =>
  types === null || types.includes(eventType);
