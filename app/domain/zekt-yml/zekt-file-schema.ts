import { z } from "zod";
import { zektFileSchema } from "./zekt-file.ts";

/** The JSON Schema (draft 2020-12) of `.github/zekt.yml`, as its author writes it: for editors, and for programs that write such files. */
export const zektFileJsonSchema = (): Record<string, unknown> => ({
  title: ".github/zekt.yml",
  ...z.toJSONSchema(zektFileSchema, {
    target: "draft-2020-12",
    io: "input",
    override: ({ jsonSchema }) => {
      // OpenAPI's word; JSON Schema has a list.
      const described: { example?: unknown; examples?: unknown[] } = jsonSchema;
      if (described.example === undefined) return;
      described.examples = [described.example];
      delete described.example;
    },
  }),
});
