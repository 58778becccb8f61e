import type { WorkerDeps } from "../../deps.ts";
import { DAY } from "../../domain/clock.ts";
import { consumersShare, providersShare } from "../../domain/delivery/delivery-sides.ts";
import { EXPORTED_LISTS, type ExportCounts, type ExportPlace } from "../../domain/records/owner-export.ts";
import type { StoredEvent, StoredMessage } from "../../domain/records/run.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { plain } from "../../store/plain.ts";

/** As far back as hours of usage are kept. */
const USAGE = 400 * DAY;

/** Items of a list that one piece holds at most; each may have half a megabyte in the archive. */
const PAGE = 50;

/** Entries of an owner's own trail in its export, the newest: of its settings, which change rarely. */
const OWNER_AUDIT = 1_000;

/** A part of an export's text, the numbers of what it holds, and where to go on; null at the end. */
export interface ExportPiece {
  text: string;
  counts: Partial<ExportCounts>;
  /** The items that were read for it. */
  read: number;
  next: ExportPlace | null;
}

/** The owner of an export, with the ids of its repositories in order. */
export interface ExportedOwner {
  ownerId: string;
  repositoryIds: readonly string[];
}

type ListPlace = Extract<ExportPlace, { at: "list" }>;

/** The text between the lists of a repository, and after the last of them. */
const AFTER: Record<ListPlace["list"], string> = {
  events: '],"messages":[',
  messages: '],"payloads":[',
  payloads: '],"deliveries":{"provided":[',
  provided: '],"received":[',
  received: ']},"audit":[',
  audit: "]}",
};

/**
 * Reads the piece of an owner's export that begins at a place. All pieces one after another are one JSON
 * text with everything stored of the owner: its account, its usage, and its repositories. A repository has
 * what it offers and wants, what its runs said and what became of it. Of what it shares with others it holds the owner's
 * part only: no run of a consumer, nothing that names a provider behind an alias.
 */
export async function exportPiece(
  deps: WorkerDeps,
  owner: ExportedOwner,
  place: ExportPlace,
): Promise<ExportPiece> {
  switch (place.at) {
    case "account":
      return await accountPiece(deps, owner);
    case "repository":
      return await repositoryPiece(deps, place);
    case "list":
      return await listPiece(deps, owner, place);
    case "usage":
      return await usagePiece(deps, owner.ownerId);
  }
}

async function accountPiece(deps: WorkerDeps, owner: ExportedOwner): Promise<ExportPiece> {
  const account = await deps.store.accounts.getAccount(owner.ownerId);
  return {
    text: `{"account":${JSON.stringify(account && plain(account))},"repositories":[`,
    counts: {},
    read: 1,
    next: repositoryAfter(owner, null),
  };
}

async function usagePiece(deps: WorkerDeps, ownerId: string): Promise<ExportPiece> {
  const now = deps.clock.now();
  const usage = Object.fromEntries(await deps.store.meters.byHour(`owner#${ownerId}`, now - USAGE, now));
  const { items } = await deps.store.audit.list(`owner#${ownerId}`, { limit: OWNER_AUDIT });
  return {
    text: `],"usage":${JSON.stringify(usage)},"audit":${JSON.stringify(items)}}`,
    counts: {},
    read: 1,
    next: null,
  };
}

/** Returns the place of the next repository by its id; the usage comes after the last. */
function repositoryAfter({ repositoryIds }: ExportedOwner, before: string | null): ExportPlace {
  const repositoryId = repositoryIds.find((id) => before === null || id > before);
  return repositoryId === undefined
    ? { at: "usage" }
    : { at: "repository", repositoryId, isFirst: before === null };
}

async function repositoryPiece(
  deps: WorkerDeps,
  { repositoryId, isFirst }: Extract<ExportPlace, { at: "repository" }>,
): Promise<ExportPiece> {
  const { accounts, catalog } = deps.store;
  const [repository, { services, workflows }, wanted] = await Promise.all([
    accounts.getRepository(repositoryId),
    catalog.offerOf(repositoryId),
    catalog.subscriptionsOf(repositoryId),
  ]);
  const subscribers = [];
  for (const { serviceId } of services) subscribers.push(...(await catalog.subscriptionsTo(serviceId)));
  const about = JSON.stringify({
    repository: repository && plain(repository),
    workflows: workflows.map(plain),
    services: services.map(plain),
    subscribers: subscribers.map(plain),
    subscriptions: wanted.map(subscribersShare),
  });
  return {
    text: `${isFirst ? "" : ","}${about.slice(0, -1)},"events":[`,
    counts: { repositories: 1 },
    read: 1 + services.length + wanted.length,
    next: { at: "list", repositoryId, list: "events", cursor: null, skip: 0, isFirst: true },
  };
}

/** A subscription without what would name a provider behind an alias. */
function subscribersShare(subscription: Subscription): Partial<Subscription> {
  const { providerRepositoryId: _, providerOwnerId: __, decidedBy: ___, ...rest } = plain(subscription);
  return rest;
}

interface ListPage {
  items: object[];
  read: number;
  cursor: string | null;
  skip: number;
}

async function listPiece(deps: WorkerDeps, owner: ExportedOwner, place: ListPlace): Promise<ExportPiece> {
  const { repositoryId, list, isFirst } = place;
  const { items, read, cursor, skip } = await listPage(deps, place);
  const text = items.map((item) => JSON.stringify(item)).join(",");
  const piece = { counts: { [list]: items.length }, read: Math.max(1, read) };
  const begun = isFirst || text === "" ? text : `,${text}`;
  if (cursor !== null || skip > 0)
    return { ...piece, text: begun, next: { ...place, cursor, skip, isFirst: isFirst && text === "" } };
  const after = EXPORTED_LISTS[EXPORTED_LISTS.indexOf(list) + 1];
  const next: ExportPlace = after
    ? { at: "list", repositoryId, list: after, cursor: null, skip: 0, isFirst: true }
    : repositoryAfter(owner, repositoryId);
  return { ...piece, text: begun + AFTER[list], next };
}

async function listPage(deps: WorkerDeps, place: ListPlace): Promise<ListPage> {
  const { deliveries } = deps.store;
  const { repositoryId, list } = place;
  const options = { limit: PAGE, cursor: place.cursor ?? undefined };
  if (list === "audit") {
    const { items, cursor } = await deps.store.audit.list(`repository#${repositoryId}`, options);
    return { items, read: items.length, cursor, skip: 0 };
  }
  if (list === "payloads") return await payloadsPage(deps, place);
  if (list === "provided" || list === "received") {
    const side = list === "provided" ? "provider" : "consumer";
    const { items, cursor } = await deliveries.list(side, repositoryId, options);
    const shares = list === "provided" ? items.map(providersShare) : items.map(consumersShare);
    return { items: shares.map((one) => plain<object>(one)), read: items.length, cursor, skip: 0 };
  }
  const { items, cursor } = await deps.store.runs.ofRepository(repositoryId, options);
  const { archive } = deps.store;
  const withBody = async (one: StoredMessage) => plain({ ...one, body: await archive.findBody(one) });
  const wanted =
    list === "messages"
      ? await Promise.all(items.filter(isMessage).map(withBody))
      : items.filter((item) => !isMessage(item)).map(plain);
  return { items: wanted, read: items.length, cursor, skip: 0 };
}

const isMessage = (item: StoredEvent | StoredMessage): item is StoredMessage => "sha256" in item;

/** Reads some of the payloads that runs' messages and events were joined to, as far as they are still archived. */
async function payloadsPage(deps: WorkerDeps, { repositoryId, cursor, skip }: ListPlace): Promise<ListPage> {
  const { archive } = deps.store;
  const page = await archive.list(`events/${repositoryId}/`, cursor ?? undefined);
  const keys = page.items.slice(skip, skip + PAGE);
  const texts = await Promise.all(keys.map((key) => archive.get(key)));
  const items = keys.flatMap((key, index) => {
    const text = texts[index] ?? null;
    return text === null ? [] : [{ key, payload: JSON.parse(text) as object }];
  });
  const isOver = skip + PAGE >= page.items.length;
  return {
    items,
    read: keys.length,
    cursor: isOver ? page.cursor : cursor,
    skip: isOver ? 0 : skip + PAGE,
  };
}
