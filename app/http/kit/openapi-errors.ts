import { z } from "@hono/zod-openapi";
import { MAX_PATH_BYTES } from "../../domain/limits.ts";
import type { Access } from "./access.ts";
import { PROBLEM_TYPE, problemOf } from "./problem.ts";

const id = (description: string, example: string) =>
  z.string().min(1).max(100).meta({ description, example });

/** The parts of paths, by name. */
export const PATH_PARAMS: Readonly<Record<string, z.ZodString>> = {
  repositoryId: id("GitHub's id of the repository", "562848223"),
  ownerId: id("GitHub's id of the user or organization", "9919"),
  serviceId: id("The service's id", "service-2f9e1b0c-6f1c-5f0e-8a55-1f8a5f4f6f10"),
  subscriptionId: id("The subscription's id", "subscription-0b8f3a57-8f43-5c4e-9b1d-6c1b2f6f1f11"),
  deliveryId: id("The delivery's id", "delivery-7d0c2a8e-52f7-5f0a-9a0e-3a1d7c0b9c12"),
  attempt: id("The attempt's number; the first is 1", "1"),
  jobId: id("The job's id", "replay-3e1f8a52-6b1d-4b0c-9d51-2f4f7d0f3c11"),
  exportId: id("The export's id", "export-0d2f6a52-6b1d-4b0c-9d51-2f4f7d0f3c11"),
  kid: id("The key's id, its thumbprint (RFC 7638)", "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"),
  path: z.string().min(1).max(MAX_PATH_BYTES).meta({
    description: "Path of the workflow file, URL-encoded",
    example: ".github/workflows/release.yml",
  }),
};

const problemSchema = z
  .object({
    type: z.string().meta({ description: "A URI for the kind of problem", example: "about:blank" }),
    title: z.string().meta({ description: "The status in words", example: "Not Found" }),
    status: z.number().int().meta({ description: "The HTTP status", example: 404 }),
    detail: z.string().meta({
      description: "What is wrong and, where the sender can fix it, how",
      example: "Not found, or you don't have access.",
    }),
    message: z.string().optional().meta({
      description: "The same as detail, on what workflow steps call, for clients that read no detail",
      example: "Not found, or you don't have access.",
    }),
    errors: z
      .array(
        z.object({
          pointer: z
            .string()
            .meta({ description: "Where in the input, as a JSON pointer (RFC 6901)", example: "/eventType" }),
          detail: z.string().meta({ description: "What is wrong there", example: "must not be empty" }),
        }),
      )
      .optional()
      .describe("Each place where the input is wrong"),
  })
  .describe("An error as RFC 9457 has it")
  .openapi("Problem");

/** The meaning of each status, and a sentence that an answer with it may hold. */
const REFUSALS: Readonly<Record<number, { description: string; detail: string }>> = {
  400: {
    description: "The request is invalid; detail and errors[] say where",
    detail: "Fix the fields named in errors[]: the request's body is invalid.",
  },
  401: {
    description: "No token, or one that is not good here",
    detail: "The token has expired; ask for a fresh one.",
  },
  403: {
    description: "Not allowed",
    detail: "Changing this needs the maintain or admin role on the repository.",
  },
  404: {
    description: "Not found, or the caller has no access",
    detail: "Not found, or you don't have access.",
  },
  409: {
    description: "It does not fit what stands",
    detail: "acme/releases is not enabled as a provider; enable it first.",
  },
  410: {
    description: "It was there once",
    detail: "The payload is not archived any more: its 90 days are over.",
  },
  413: { description: "The body is too large", detail: "The body is larger than 262144 bytes." },
  415: {
    description: "The body is not JSON",
    detail: "Send the body as JSON: content-type: application/json.",
  },
  429: {
    description: "Too many requests; retry-after says when to come again",
    detail: "GitHub's rate limit is used up; try again later.",
  },
  500: {
    description: "Something went wrong here; detail has the id of the request, for the operator",
    detail:
      "Something went wrong here; send this Zekt's operator the request id 6a1f1f6e-8a0c-4b5e-9a57-0f6c1d2e3b4a.",
  },
  503: {
    description: "GitHub does not answer; retry-after says when to come again",
    detail: "GitHub did not answer as it should; try again.",
  },
};

/** The documentation of an answer with one of these statuses. */
function refusalWith(status: number) {
  const { description, detail } = REFUSALS[status] ?? { description: "Refused", detail: "Refused." };
  const errors = status === 400 ? [{ pointer: "/eventType", detail: "must not be empty" }] : [];
  const example = problemOf(status, detail, errors);
  return { description, content: { [PROBLEM_TYPE]: { schema: problemSchema, example } } };
}

interface Refusing {
  access: Access;
  method: string;
  path: string;
  body?: unknown;
  query?: unknown;
  headers?: unknown;
  refusals?: readonly number[];
}

/** The documentation of the errors a route may answer with. */
export function openapiErrors({ access, method, path, body, query, headers, refusals = [] }: Refusing) {
  const statuses = new Set([401, 429, 500, 503, ...refusals]);
  if (body) for (const status of [413, 415]) statuses.add(status);
  if (body || query || headers || path.includes("{")) statuses.add(400);
  if (path.includes("{") || "right" in access) statuses.add(404);
  // By cookie, what changes anything has to come from a page of this deployment.
  if (access.by === "step" || method !== "get") statuses.add(403);
  if ("right" in access && access.right === "change") statuses.add(403);
  if (method !== "get") statuses.add(409);
  return Object.fromEntries(
    [...statuses].sort((a, b) => a - b).map((status) => [status, refusalWith(status)]),
  );
}
