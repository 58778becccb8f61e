import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import { asyncApiOf } from "../../domain/catalog/asyncapi.ts";
import { exampleWorkflow } from "../../domain/catalog/example-workflow.ts";
import { subscriptionInput } from "../../domain/catalog/subscription-input.ts";
import { typescriptTypes } from "../../domain/catalog/typescript-types.ts";
import { isVisibleTo } from "../../domain/catalog/visibility.ts";
import type { Service } from "../../domain/records/service.ts";
import type { Shelf } from "../../store/catalog.ts";
import type { Portion, PortionQuery } from "../../store/pages.ts";
import { notFound } from "../kit/access.ts";
import type { Ctx } from "../kit/env.ts";
import { pageOf, pageQuery, readPage } from "../kit/paging.ts";
import type { Define } from "../kit/route.ts";
import { workflowPath } from "../views/common.ts";
import { accountsOf } from "../views/repository.ts";
import { offerSchema, offerView } from "../views/service.ts";

const tag = "Directory";
type Offer = z.infer<typeof offerSchema>;

const filters = {
  text: z
    .string()
    .max(200)
    .optional()
    .describe("Only where the slug, the description, the provider or a tag holds this"),
  provider: z.string().max(200).optional().describe("Only of this provider: its login, or an alias"),
  tag: z.string().max(32).optional().describe("Only with this tag"),
  visibility: z.enum(["public", "organization"]).optional().describe("Only what is offered so"),
};

/** Defines the routes of the directory, which lists the services that a user may subscribe to. */
export function directoryRoutes(define: Define, deps: ApiDeps): void {
  const { accounts, catalog } = deps.store;
  /** Services as they are offered; null for one whose provider cannot be reached, or is none any more. */
  const offersOf = async (services: readonly Service[]): Promise<(Offer | null)[]> => {
    const repositories = await accounts.getRepositories(services.map((one) => one.repositoryId));
    const byId = new Map(repositories.map((one) => [one.repositoryId, one]));
    const owners = await accountsOf(deps, repositories);
    return services.map((one) => {
      const repository = byId.get(one.repositoryId);
      if (!repository?.reachable || !repository.provider) return null;
      return offerView(one, repository, owners.get(one.ownerId) ?? null);
    });
  };
  /** Owners whose organization services a user may see: those of repositories they have a role on. */
  const ownersOf = async (token: string): Promise<string[]> => {
    const rights = await deps.users.repositories(token);
    const repositories = await accounts.getRepositories([...rights.keys()]);
    return [...new Set(repositories.map(({ ownerId }) => ownerId))].sort();
  };
  /** A service for somebody who may subscribe to it; else it is not there. */
  const offerFor = async (context: Ctx, serviceId: string): Promise<Offer> => {
    const service = await catalog.findService(serviceId);
    if (!service?.published) throw notFound();
    if (service.visibility !== "public") {
      const owners = await ownersOf(context.get("user").token);
      if (!owners.some((ownerId) => isVisibleTo(service, ownerId))) throw notFound();
    }
    const [offer] = await offersOf([service]);
    if (!offer) throw notFound();
    return offer;
  };
  /** Reads shelf after shelf; a key is the shelf and the place on it. */
  const readShelves = async (
    shelves: readonly Shelf[],
    { after, count }: PortionQuery,
  ): Promise<Portion<Offer>> => {
    const [begun, place] = split(after);
    const shelf = begun === null ? shelves[0] : shelves.find((one) => one >= begun);
    if (shelf === undefined) return { items: [], next: null };
    const portion = await catalog.directoryAfter(shelf, { after: shelf === begun ? place : null, count });
    const offers = await offersOf(portion.items.map(([, service]) => service));
    const items = portion.items.flatMap(([key], index) => {
      const offer = offers[index];
      return offer ? [[`${shelf} ${key}`, offer] as const] : [];
    });
    const following = shelves.find((one) => one > shelf);
    if (portion.next !== null) return { items, next: `${shelf} ${portion.next}` };
    return { items, next: following === undefined ? null : `${following} ` };
  };
  define({
    id: "browseDirectory",
    method: "get",
    path: "/api/directory",
    summary: "Browse services: those of organizations you belong to, then the public ones",
    tag,
    access: { by: "user" },
    query: z.object({ ...pageQuery, ...filters }),
    answer: pageOf(offerSchema),
    async handle({ context, query }) {
      const { visibility, text, provider, tag } = query;
      const filtered = text !== undefined || provider !== undefined || tag !== undefined;
      const owners = visibility === "public" ? [] : await ownersOf(context.get("user").token);
      const shelves: Shelf[] = owners.map((ownerId) => `organization#${ownerId}` as const);
      if (visibility !== "organization") shelves.push("public");
      const listing = { name: "directory", read: (from: PortionQuery) => readShelves(shelves, from) };
      return await readPage(listing, query, filtered ? (one) => isWanted(one, query) : null);
    },
  });
  define({
    id: "getOffer",
    method: "get",
    path: "/api/directory/{serviceId}",
    summary: "Read a service as somebody who may subscribe to it",
    tag,
    access: { by: "user" },
    answer: offerSchema,
    handle: async ({ context, param }) => await offerFor(context, param("serviceId")),
  });
  define({
    id: "getAsyncApi",
    method: "get",
    path: "/api/directory/{serviceId}/asyncapi",
    summary: "Read what a service's messages hold, as an AsyncAPI 3.0 document",
    tag,
    access: { by: "user" },
    answer: z
      .looseObject({
        asyncapi: z.literal("3.0.0").meta({ description: "The version of AsyncAPI", example: "3.0.0" }),
      })
      .openapi("AsyncApi"),
    handle: async ({ context, param }) => asyncApiOf(await offerFor(context, param("serviceId"))),
  });
  define({
    id: "getTypeScript",
    method: "get",
    path: "/api/directory/{serviceId}/typescript",
    summary: "Write TypeScript's types of a service's messages",
    tag,
    access: { by: "user" },
    answer: z
      .object({
        path: z.string().meta({ description: "A name for the file", example: "releases.d.ts" }),
        text: z.string().meta({ description: "The file", example: "export interface Messages {}\n" }),
      })
      .openapi("TypeScriptTypes"),
    async handle({ context, param }) {
      const { name, slug, types } = await offerFor(context, param("serviceId"));
      return { path: `${slug}.d.ts`, text: typescriptTypes(name, types) };
    },
  });
  define({
    id: "getExampleWorkflow",
    method: "get",
    path: "/api/directory/{serviceId}/example-workflow",
    summary: "Write a consumer's workflow for a service, ready to be committed",
    tag,
    access: { by: "user" },
    query: z.object({
      durable: z
        .enum(["true", "false"])
        .default("false")
        .describe("Whether it is to confirm and complete, as durable delivery wants it"),
      start: subscriptionInput.shape.start.describe("The event that is to start it"),
      eventTypes: z
        .string()
        .max(5_000)
        .optional()
        .describe("Event types to listen to, separated by commas; left out: those that the service allows")
        .meta({ example: "built,released" }),
    }),
    answer: z
      .object({
        path: workflowPath,
        text: z.string().meta({ description: "The file", example: "on: repository_dispatch\n" }),
      })
      .openapi("ExampleWorkflow"),
    async handle({ context, param, query }) {
      const { slug, provider, eventTypes, shield } = await offerFor(context, param("serviceId"));
      const { publicUrl: apiUrl, actions } = deps.settings;
      return exampleWorkflow({
        service: { slug, provider },
        eventTypes: typesIn(query.eventTypes) ?? eventTypes,
        apiUrl,
        actions,
        durable: query.durable === "true",
        shielded: shield === "required",
        start: query.start,
      });
    },
  });
}

/** Returns the event types of a comma-separated list; null where it names none. */
function typesIn(list: string | undefined): string[] | null {
  const types = (list ?? "").split(",").flatMap((one) => one.trim() || []);
  return types.length === 0 ? null : [...new Set(types)];
}

/** The shelf and the place on it that a key names; the place null for a shelf's beginning. */
function split(key: string | null): [shelf: string | null, place: string | null] {
  if (key === null) return [null, null];
  const [shelf, place] = key.split(" ", 2);
  return [shelf ?? null, place || null];
}

type Filters = { [name in keyof typeof filters]?: string | undefined };

/**
 * Returns whether an offer matches the filters. They read only what the offer shows, so that an alias hides
 * here too.
 */
function isWanted(offer: Offer, { text, provider, tag }: Filters): boolean {
  const { name, description, tags } = offer;
  const words = [name, description, offer.provider, offer.repository ?? "", ...tags];
  return (
    (text === undefined || words.some((word) => word.toLowerCase().includes(text.toLowerCase()))) &&
    (provider === undefined || offer.provider.toLowerCase() === provider.toLowerCase()) &&
    (tag === undefined || tags.includes(tag))
  );
}
