import { Button } from "@primer/react";
import type { FieldError } from "../api/call.ts";
import type { Service } from "../api/types.ts";
import { Choice } from "../ui/choice.tsx";
import { Field, LongField } from "../ui/field.tsx";

type DeclaredType = NonNullable<Service["types"]>[number];

/** An event type while it is edited: its schema and its example are texts. */
export interface TypeDraft {
  /** Names it while the form is open. */
  key: string;
  name: string;
  version: string;
  description: string;
  schema: string;
  example: string;
  mode: string;
}

const MODES = [
  ["enforce", "Refuse the message"],
  ["warn", "Store it, and warn"],
] as const;

const written = (value: unknown): string =>
  value === undefined || value === null ? "" : JSON.stringify(value, null, 2);

/** Returns types as they are edited. */
export const typeDraftsOf = (types: readonly DeclaredType[]): TypeDraft[] =>
  types.map(({ name, version = "1.0.0", description = "", schema, example, mode = "enforce" }, index) => ({
    key: String(index),
    name,
    version,
    description,
    schema: written(schema),
    // `null` is an example as well.
    example: example === undefined ? "" : JSON.stringify(example, null, 2),
    mode,
  }));

/** Returns the first text that is no JSON, with its place as the API would name it; null where all are. */
export function wrongJson(drafts: readonly TypeDraft[]): FieldError | null {
  for (const [index, draft] of drafts.entries()) {
    for (const part of ["schema", "example"] as const) {
      try {
        if (draft[part].trim() !== "") JSON.parse(draft[part]);
      } catch (error) {
        return { pointer: `/types/${index}/${part}`, detail: `This is no JSON: ${(error as Error).message}` };
      }
    }
  }
  return null;
}

/** Returns edited types as the API takes them. Their texts have to be JSON. */
export const typesOf = (drafts: readonly TypeDraft[]): object[] =>
  drafts.map(({ key: _, schema, example, ...same }) => ({
    ...same,
    schema: schema.trim() === "" ? null : JSON.parse(schema),
    ...(example.trim() === "" ? {} : { example: JSON.parse(example) }),
  }));

interface Props {
  drafts: readonly TypeDraft[];
  errors: readonly FieldError[];
  onChange(drafts: TypeDraft[]): void;
}

/** The event types that a service declares, each to be edited; what is wrong stands beside it. */
export function TypesForm({ drafts, errors, onChange }: Props) {
  const set = (index: number, change: Partial<TypeDraft>): void =>
    onChange(drafts.map((one, at) => (at === index ? { ...one, ...change } : one)));
  const add = (): void =>
    onChange([
      ...drafts,
      {
        key: `new ${Date.now()} ${drafts.length}`,
        name: "",
        version: "1.0.0",
        description: "",
        schema: "",
        example: "",
        mode: "enforce",
      },
    ]);
  const wrong = (index: number, part: string): string | undefined =>
    errors.find(({ pointer }) => `${pointer}/`.startsWith(`/types/${index}/${part}/`))?.detail;
  const ofAll = errors.find(({ pointer }) => pointer === "/types")?.detail;
  return (
    <fieldset className="form">
      <legend>Declared event types</legend>
      {ofAll && <div role="alert">{ofAll}</div>}
      {drafts.map((draft, index) => (
        <div className="card form" key={draft.key}>
          <Field
            label="Event type"
            value={draft.name}
            error={wrong(index, "name")}
            onChange={(name) => set(index, { name })}
          />
          <Field
            label="Version"
            value={draft.version}
            error={wrong(index, "version")}
            onChange={(version) => set(index, { version })}
          />
          <Field
            label="What it says"
            value={draft.description}
            error={wrong(index, "description")}
            onChange={(description) => set(index, { description })}
          />
          <LongField
            label="JSON Schema"
            caption="Of the draft 2020-12. Empty: a message may be anything."
            value={draft.schema}
            error={wrong(index, "schema")}
            onChange={(schema) => set(index, { schema })}
          />
          <LongField
            label="Example"
            caption="A message as JSON. It has to fit the schema."
            value={draft.example}
            error={wrong(index, "example")}
            onChange={(example) => set(index, { example })}
          />
          <Choice
            label="If a message does not fit"
            value={draft.mode}
            options={MODES}
            onChange={(mode) => set(index, { mode })}
          />
          <div>
            <Button variant="danger" onClick={() => onChange(drafts.filter((_, at) => at !== index))}>
              Remove {draft.name || "this event type"}
            </Button>
          </div>
        </div>
      ))}
      <div>
        <Button onClick={add}>Add an event type</Button>
      </div>
    </fieldset>
  );
}
