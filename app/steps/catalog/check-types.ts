import type { DeclaredType } from "../../domain/records/declared-type.ts";
import { type FieldError, Refusal } from "../../domain/refusal.ts";

/**
 * Checks the event types that a service declares: that each schema can be judged by, and that its example fits it.
 *
 * @throws Refusal invalid with the place of each fault
 */
export async function checkTypes(types: readonly DeclaredType[] | undefined): Promise<void> {
  const errors: FieldError[] = [];
  for (const [index, { name, schema, example }] of (types ?? []).entries()) {
    if (schema === null) continue;
    // With its library, which a function that starts for something else need not load.
    const { readSchema } = await import("../../domain/intake/message-schema.ts");
    const { SchemaFault } = await import("../../domain/intake/schema-bounds.ts");
    const at = (part: string, pointer: string) => `/types/${index}/${part}${pointer}`;
    try {
      const judge = readSchema(schema);
      const faults = example === undefined ? [] : judge(JSON.stringify(example));
      for (const { pointer, detail } of faults)
        errors.push({ pointer: at("example", pointer), detail: `The example of ${name} ${detail}.` });
    } catch (error) {
      if (!(error instanceof SchemaFault)) throw error;
      errors.push({
        pointer: at("schema", error.pointer),
        detail: `The schema of ${name} is wrong: ${error.message}.`,
      });
    }
  }
  if (errors.length > 0)
    throw new Refusal("invalid", errors.map(({ detail }) => detail).join(" "), { errors });
}
