import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect } from "vitest";
import type { Stage } from "../../harness/stage.ts";
import { type Call, clientOf } from "./client.ts";

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document is JSON of many shapes
export type Json = any;

/** An OpenAPI document by which answers can be checked. */
export class Documented {
  readonly document: Json;
  readonly #ajv: Ajv2020;

  constructor(document: Json) {
    this.document = document;
    this.#ajv = new Ajv2020({ strict: false, allErrors: true });
    (formats as unknown as (ajv: Ajv2020) => void)(this.#ajv);
    this.#ajv.addSchema(document, "openapi.json");
  }

  /** Every operation, with its method and path. */
  *operations(): Generator<{ method: string; path: string; operation: Json }> {
    for (const [path, methods] of Object.entries<Json>(this.document.paths)) {
      for (const [method, operation] of Object.entries<Json>(methods)) yield { method, path, operation };
    }
  }

  /** A check by a schema of the document that refers to no other. */
  compile(schema: Json): ValidateFunction {
    return this.#ajv.compile(schema);
  }

  /** A check by the schema at a place in the document. */
  check(...place: string[]): ValidateFunction {
    const pointer = place.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
    return this.#ajv.compile({ $ref: `openapi.json#${encodeURI(pointer)}` });
  }

  /** The path template that an address fits. */
  templateOf(address: string): string {
    const path = address.split("?", 1)[0] as string;
    const fitting = Object.keys(this.document.paths).filter((template) =>
      new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+")}$`).test(path),
    );
    // A word in the template is more to the point than a name for anything.
    return fitting.sort((a, b) => a.split("{").length - b.split("{").length)[0] ?? "";
  }
}

/** Returns a client of a stage's API, whose answers are checked by the stage's own document. */
export async function documentedClient(stage: Stage): Promise<Call> {
  const client = clientOf(stage);
  const { json } = await client(null, "/openapi.json");
  return checked(client, new Documented(json));
}

/** Calls like the one given, each answer checked by the documentation of its operation. */
const checked =
  (call: Call, documented: Documented): Call =>
  async (login, path, sent = {}) => {
    const answer = await call(login, path, sent);
    const template = documented.templateOf(`/api${path}`);
    const method = (sent.method ?? "GET").toLowerCase();
    const place = ["paths", template, method, "responses", String(answer.status)];
    const response = place.reduce<Json>((at, part) => at?.[part], documented.document);
    expect(
      response,
      `${method} ${path} answers an undocumented ${answer.status}: ${answer.text}`,
    ).toBeDefined();
    const type = answer.headers.get("content-type")?.split(";", 1)[0];
    if (answer.text === "") expect(response.content, `${method} ${path} has no body`).toBeUndefined();
    else {
      const validate = documented.check(...place, "content", type ?? "", "schema");
      validate(answer.json);
      expect(validate.errors, `${method} ${path}: ${answer.text}`).toBeNull();
    }
    return answer;
  };
