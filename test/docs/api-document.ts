import type { ApiDeps } from "../../app/deps.ts";
import { createApi } from "../../app/http/api.ts";
import { silent } from "../../harness/world.ts";
import { Documented } from "../http/documented.ts";

const deps = {
  settings: { publicUrl: "https://zekt.example" },
  log: silent,
  store: {},
} as unknown as ApiDeps;
const answer = await createApi(deps).request("/api/openapi.json");

/** The API as its own document describes it. */
export const API = new Documented(await answer.json());
