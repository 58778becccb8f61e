import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import {
  exportAtOnce,
  exportFile,
  requireExport,
  startExport,
} from "../../steps/installations/export-owner.ts";
import { audit } from "../kit/audit.ts";
import { onOwner } from "../kit/required-rights.ts";
import type { Call, Define } from "../kit/route.ts";
import { exportAddress, ownerExportSchema, ownerExportView } from "../views/owner-export.ts";

const tag = "Owners";

const exported = z
  .object({})
  .loose()
  .describe("The account, its repositories with all they offered, wanted, sent and received, and its usage")
  .openapi("OwnerExport");

/** A part of an answer that is JSON already. */
const jsonResponse = (text: string): Response =>
  new Response(text, { headers: { "content-type": "application/json", "cache-control": "no-store" } });

/** Defines the routes by which an owner's administrators get everything that is stored of it. */
export function ownerExportRoutes(define: Define, deps: ApiDeps): void {
  const start = async (call: Call<undefined, undefined>): Promise<Response> => {
    const ownerId = call.param("ownerId");
    const { one, isNew } = await startExport(deps, ownerId, call.by());
    if (isNew) await audit(call, "export-started", { own: [`owner#${ownerId}`] }, one.exportId);
    return call.context.json(ownerExportView(one), 202, { location: exportAddress(one) });
  };
  define({
    id: "exportOwner",
    method: "get",
    path: "/api/owners/{ownerId}/export",
    summary: "Export everything stored of an owner; where that is much, start a job that does",
    tag,
    access: onOwner,
    answer: exported,
    also: {
      202: {
        description:
          "It is too much for an answer: a job makes a file of it, and location says where that job is",
        schema: ownerExportSchema,
      },
    },
    async handle(call) {
      const ownerId = call.param("ownerId");
      const text = await exportAtOnce(deps, ownerId);
      if (text !== null) return jsonResponse(text);
      // Who asks for headers alone changes nothing.
      if (call.context.req.method === "HEAD") return call.context.body(null, 202);
      return await start(call);
    },
  });
  define({
    id: "startExport",
    method: "post",
    path: "/api/owners/{ownerId}/exports",
    summary: "Have a file made of everything stored of an owner; one that is being made is answered as it is",
    tag,
    access: onOwner,
    status: 202,
    answer: ownerExportSchema,
    handle: start,
  });
  define({
    id: "listExports",
    method: "get",
    path: "/api/owners/{ownerId}/exports",
    summary: "List an owner's exports: the latest one, if there is one",
    tag,
    access: onOwner,
    answer: z
      .object({ items: z.array(ownerExportSchema).describe("The latest export, or none") })
      .openapi("OwnerExportJobs"),
    async handle({ param }) {
      const one = await deps.store.ownerExports.get(param("ownerId"));
      return { items: one ? [ownerExportView(one)] : [] };
    },
  });
  define({
    id: "getExport",
    method: "get",
    path: "/api/owners/{ownerId}/exports/{exportId}",
    summary: "Read how far an export has come",
    tag,
    access: onOwner,
    answer: ownerExportSchema,
    handle: async ({ param }) =>
      ownerExportView(await requireExport(deps, param("ownerId"), param("exportId"))),
  });
  define({
    id: "getExportFile",
    method: "get",
    path: "/api/owners/{ownerId}/exports/{exportId}/file",
    summary: "Fetch the file of an export that is done",
    tag,
    access: onOwner,
    answer: exported,
    also: { 302: { description: "On AWS: location is the file's address, which is good for five minutes" } },
    refusals: [409, 410],
    async handle({ param, context }) {
      const file = await exportFile(deps, param("ownerId"), param("exportId"));
      if ("link" in file) {
        context.header("cache-control", "no-store");
        return context.redirect(file.link, 302);
      }
      return jsonResponse(file.text);
    },
  });
}
