import { z } from "@hono/zod-openapi";
import type { OwnerExport } from "../../domain/records/owner-export.ts";
import { moment } from "./common.ts";

const count = (description: string, example: number) => z.number().int().meta({ description, example });

export const ownerExportSchema = z
  .object({
    exportId: z.string().meta({
      description: "The export's id",
      example: "export-0d2f6a52-6b1d-4b0c-9d51-2f4f7d0f3c11",
    }),
    state: z.enum(["running", "done", "failed"]).describe("How far it is"),
    repositories: z
      .object({ done: count("Those that are in it", 3), total: count("Those that will be", 12) })
      .describe("The owner's repositories"),
    events: count("Runs in it", 1200),
    messages: count("Messages in it", 900),
    payloads: count("Payloads in it", 2100),
    deliveries: count("Deliveries in it, made and received", 4200),
    characters: count("Characters of JSON in it", 5_000_000),
    file: z.string().nullable().meta({
      description: "Where its file is, below this deployment's address; null until it is done",
      example: "/api/owners/9919/exports/export-0d2f6a52-6b1d-4b0c-9d51-2f4f7d0f3c11/file",
    }),
    requestedBy: z.string().meta({ description: "Who asked for it", example: "octocat" }),
    startedAt: moment("When it began"),
    updatedAt: moment("When it last moved"),
    endsAt: moment("When its file is removed; null until it is done").nullable(),
  })
  .describe("An export of everything stored of an owner, and how far it has come")
  .openapi("OwnerExportJob");

/** Returns the address of an export in the API, without its origin. */
export const exportAddress = ({ ownerId, exportId }: OwnerExport): string =>
  `/api/owners/${ownerId}/exports/${exportId}`;

export const ownerExportView = (one: OwnerExport): z.infer<typeof ownerExportSchema> => ({
  exportId: one.exportId,
  state: one.state,
  repositories: { done: one.counts.repositories, total: Math.max(one.repositories, one.counts.repositories) },
  events: one.counts.events,
  messages: one.counts.messages,
  payloads: one.counts.payloads,
  deliveries: one.counts.provided + one.counts.received,
  characters: one.size,
  file: one.state === "done" ? `${exportAddress(one)}/file` : null,
  requestedBy: one.requestedBy,
  startedAt: one.startedAt,
  updatedAt: one.updatedAt,
  endsAt: one.endsAt,
});
