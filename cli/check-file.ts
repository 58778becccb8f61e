import {
  changeInWords,
  concerns,
  type OfferChange,
  type OfferedTypes,
  offerChanges,
} from "../app/domain/catalog/offer-changes.ts";
import { typeFaults } from "../app/domain/catalog/type-faults.ts";
import { filterFault } from "../app/domain/intake/filter-fault.ts";
import type { Subscription } from "../app/domain/records/subscription.ts";
import {
  type FileProblem,
  inOrder,
  type PlacedProblem,
  parseZektFile,
} from "../app/domain/zekt-yml/read-zekt-file.ts";
import {
  filePathOf,
  filePathOfInput,
  serviceOfFile,
  type ZektFile,
} from "../app/domain/zekt-yml/zekt-file.ts";
import { problemsWithin } from "../app/domain/zekt-yml/zekt-file-rules.ts";

/** The offer of a repository before, and its subscribers where they are known. */
export interface Base {
  services: readonly OfferedTypes[];
  /** Subscribers by the service's slug, each with its repository's name; null where only the file is known. */
  subscribers: Map<string, readonly Subscriber[]> | null;
}

type Subscriber = Pick<Subscription, "status" | "eventTypes"> & { name: string };

/** A change that breaks subscribers, or may, at its line. */
export interface PlacedChange extends FileProblem, Pick<OfferChange, "verdict" | "eventType"> {
  service: string;
  /** The subscribers that it concerns; null where they are not known. */
  subscribers: string[] | null;
}

/** The faults of a file and, where there is something to compare it with, its breaking changes. */
export interface Checked {
  problems: FileProblem[];
  changes: PlacedChange[];
}

/** Returns the faults of a zekt.yml that show without GitHub and without Zekt's data, and its changes from a base. */
export async function checkFile(text: string, base: Base | null = null): Promise<Checked> {
  const { file, problems, place } = parseZektFile(text);
  if (!file) return { problems: inOrder(problems), changes: [] };
  const found = [...problemsWithin(file), ...(await contractFaults(file))].map(place);
  const changes = base === null ? [] : changesFrom(base, file).map((one) => placed(one, base, file, place));
  return { problems: inOrder(found), changes };
}

/** Reads the version of a file to compare with; null where it has faults itself. An empty one offers nothing. */
export function baseOfFile(text: string): Base | null {
  if (text.trim() === "") return { services: [], subscribers: null };
  const { file } = parseZektFile(text);
  return file && { services: (file.provider?.services ?? []).map(serviceOfFile), subscribers: null };
}

/** Says that a base cannot be compared with. */
export const baseHasFaults = (name: string): string =>
  `${name} has faults of its own, so nothing is compared with it.`;

/** Returns the faults of schemas, examples and filters. */
async function contractFaults({ provider, consumer }: ZektFile): Promise<PlacedProblem[]> {
  const found: PlacedProblem[] = [];
  for (const [index, { types }] of (provider?.services ?? []).entries()) {
    for (const { pointer, detail } of await typeFaults(types))
      found.push({ path: ["provider", "services", index, ...filePathOf(pointer)], message: detail });
  }
  for (const [index, { filter }] of (consumer?.subscriptions ?? []).entries()) {
    const message = filter === null ? null : await filterFault(filter);
    if (message !== null) found.push({ path: ["consumer", "subscriptions", index, "filter"], message });
  }
  return found;
}

const changesFrom = ({ services }: Base, { provider }: ZektFile): OfferChange[] =>
  offerChanges(services, (provider?.services ?? []).map(serviceOfFile));

function placed(
  change: OfferChange,
  base: Base,
  { provider }: ZektFile,
  place: (problem: PlacedProblem) => FileProblem,
): PlacedChange {
  const known = base.subscribers?.get(change.slug)?.filter((one) => concerns(change, one));
  const listed = (provider?.approvals ?? []).filter(
    ({ service, decision }) => service === change.slug && decision === "approve",
  );
  // The file alone knows those that it approves, and not whether there are others.
  const ofFile = listed.length > 0 ? listed.map(({ repository }) => repository) : null;
  const subscribers = base.subscribers ? (known ?? []).map(({ name }) => name).sort() : ofFile;
  const path = ["provider", "services", ...filePathOfInput(change.path)];
  const { line, column } = place({ path, message: "" });
  const { slug: service, eventType, verdict } = change;
  return {
    line,
    column,
    message: changeInWords(change, subscribers),
    verdict,
    service,
    eventType,
    subscribers,
  };
}

/** Returns a number of faults in words. */
export const faultsInWords = (count: number): string => (count === 1 ? "1 fault" : `${count} faults`);
