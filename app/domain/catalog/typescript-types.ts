import { SchemaFault } from "../intake/schema-bounds.ts";
import type { DeclaredType } from "../records/declared-type.ts";
import { ANNOTATIONS, dereferenced, type Schema, type SchemaObject } from "./dereferenced-schema.ts";

/** The characters that one type may have; what it refers to is written out each time. */
const MAX_CHARACTERS = 64 * 1024;

const JUDGED: ReadonlySet<string> = new Set([...ANNOTATIONS].filter((key) => key !== "description"));

/**
 * Writes TypeScript's types of a service's messages, by what its schemas say: types, properties, lists and
 * alternatives. What TypeScript has no types for, such as bounds and patterns, is left out. A schema that names
 * properties and no type is taken for that of an object.
 */
export function typescriptTypes(service: string, types: readonly DeclaredType[]): string {
  const names = uniqueNames(types.map(({ name }) => `${pascalCase(name)}Message`));
  const declared = types.map(({ name, version, description, schema }, index) => {
    const about = comment(`${name} ${version}${description === "" ? "" : `: ${description}`}`, "");
    return `${about}export type ${names[index]} = ${typeOf(schema)};\n`;
  });
  const members = types.map(({ name }, index) => `  ${JSON.stringify(name)}: ${names[index]};\n`);
  const all = `${comment(`The messages of ${service}, by their event types.`, "")}export interface Messages {\n${members.join("")}}\n`;
  return [...declared, all].join("\n");
}

function typeOf(schema: SchemaObject | null): string {
  if (schema === null) return "unknown";
  try {
    return new Writer().write(dereferenced(schema, JUDGED), "");
  } catch (error) {
    if (error instanceof SchemaFault) return "unknown";
    if (error instanceof TooLong) return "unknown /* too long to be written out */";
    throw error;
  }
}

class TooLong extends Error {}

/** Writes one type, up to its bound. */
class Writer {
  #left = MAX_CHARACTERS;

  write(schema: Schema, indent: string): string {
    const text = typeof schema === "boolean" ? (schema ? "unknown" : "never") : this.#parts(schema, indent);
    this.#left -= text.length;
    if (this.#left < 0) throw new TooLong();
    return text;
  }

  #parts(schema: SchemaObject, indent: string): string {
    const { const: only, enum: list, anyOf, oneOf, allOf } = schema;
    const each = (parts: unknown): string[] => (parts as Schema[]).map((part) => this.write(part, indent));
    const parts = [
      ...(only === undefined ? [] : [JSON.stringify(only)]),
      ...(Array.isArray(list) ? [union(list.map((value) => JSON.stringify(value)))] : []),
      ...(Array.isArray(anyOf) ? [union(each(anyOf))] : []),
      ...(Array.isArray(oneOf) ? [union(each(oneOf))] : []),
      ...(Array.isArray(allOf) ? each(allOf) : []),
    ];
    // A value that is listed needs no type besides.
    const plain = only === undefined && !Array.isArray(list) ? this.#plain(schema, indent) : "unknown";
    const said = [plain, ...parts].filter((one) => one !== "unknown");
    return said.length === 0
      ? "unknown"
      : said.map((one) => (said.length > 1 ? grouped(one) : one)).join(" & ");
  }

  #plain(schema: SchemaObject, indent: string): string {
    const isObject = ["properties", "required", "additionalProperties"].some((key) => key in schema);
    const isList = "items" in schema || "prefixItems" in schema;
    const implied = isObject ? ["object"] : isList ? ["array"] : [];
    const types = schema.type === undefined ? implied : [schema.type].flat().map(String);
    return types.length === 0 ? "unknown" : union(types.map((type) => this.#ofType(type, schema, indent)));
  }

  #ofType(type: string, schema: SchemaObject, indent: string): string {
    if (type === "object") return this.#object(schema, indent);
    if (type === "array") return this.#list(schema, indent);
    return type === "integer" ? "number" : type;
  }

  #object(schema: SchemaObject, indent: string): string {
    const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
    const required = new Set((schema.required ?? []) as string[]);
    const others = othersOf(schema);
    const unnamed = [...required].filter((name) => !properties.some(([other]) => other === name));
    const all = [...properties, ...unnamed.map((name) => [name, others] as const)];
    if (all.length === 0) return `Record<string, ${this.write(others, indent)}>`;
    const inner = `${indent}  `;
    const members = all.map(([name, one]) => {
      const about = typeof one === "object" && typeof one.description === "string" ? one.description : null;
      const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
      const type = this.write(one, inner);
      return `${about === null ? "" : comment(about, inner)}${inner}${key}${required.has(name) ? "" : "?"}: ${type};\n`;
    });
    return `{\n${members.join("")}${indent}}`;
  }

  #list(schema: SchemaObject, indent: string): string {
    const items = (schema.items ?? true) as Schema;
    const first = (schema.prefixItems ?? []) as Schema[];
    if (first.length === 0) return `${grouped(this.write(items, indent))}[]`;
    const least = typeof schema.minItems === "number" ? schema.minItems : 0;
    const entries = first.map((one, index) => {
      const type = this.write(one, indent);
      return index < least ? type : `${grouped(type)}?`;
    });
    const rest = items === false ? [] : [`...${grouped(this.write(items, indent))}[]`];
    return `[${[...entries, ...rest].join(", ")}]`;
  }
}

/** Returns what a property may hold that has no schema by its name. A name says not which of the patterns it fits. */
function othersOf({ additionalProperties = true, patternProperties = {} }: SchemaObject): Schema {
  const byPattern = Object.values(patternProperties as Record<string, Schema>);
  const others = additionalProperties as Schema;
  if (byPattern.length === 0) return others;
  return { anyOf: others === false ? byPattern : [...byPattern, others] };
}

const union = (types: readonly string[]): string => {
  const each = [...new Set(types)];
  if (each.length === 0) return "never";
  return each.includes("unknown") ? "unknown" : each.join(" | ");
};

/** Returns a type that stands among others; one word and a whole object need no brackets. */
const grouped = (type: string): string => (/^[\w"]+$/.test(type) ? type : `(${type})`);

/** Returns a doc comment in which no text of a schema can end it. */
const comment = (text: string, indent: string): string =>
  `${indent}/** ${text.replaceAll("*/", "*\\/").replaceAll(/\s+/g, " ").trim()} */\n`;

const pascalCase = (name: string): string => {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const text = words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`).join("");
  return /^[A-Za-z]/.test(text) ? text : `Type${text}`;
};

/** Returns the names, each that comes again with a number. */
export function uniqueNames(names: readonly string[]): string[] {
  const used = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let count = 2; used.has(unique); count++) unique = `${name}${count}`;
    used.add(unique);
    return unique;
  });
}
