import type { DeclaredType } from "../records/declared-type.ts";
import type { FieldError } from "../refusal.ts";

/**
 * Returns the faults of the event types that a service declares, each with its place. A schema has to be one that
 * messages can be judged by, and an example has to fit it.
 */
export async function typeFaults(types: readonly DeclaredType[]): Promise<FieldError[]> {
  const errors: FieldError[] = [];
  for (const [index, { name, schema, example }] of types.entries()) {
    if (schema === null) continue;
    // With its library, which a function that starts for something else need not load.
    const { readSchema } = await import("../intake/message-schema.ts");
    const { SchemaFault } = await import("../intake/schema-bounds.ts");
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
  return errors;
}
