import { z } from "@hono/zod-openapi";
import { workflowPath } from "./common.ts";

export const workflowSchema = z
  .object({
    path: workflowPath,
    whitelisted: z.boolean().meta({ description: "Whether its runs may leave", example: true }),
    exists: z
      .boolean()
      .meta({ description: "Whether the file is on the default branch still", example: true }),
  })
  .openapi("Workflow");
