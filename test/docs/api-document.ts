import { createApi } from "../../app/http/api.ts";
import type { Zekt } from "../../app/zekt.ts";
import { Documented } from "../http/documented.ts";
import { silent } from "../support/world.ts";

const zekt = { settings: { publicUrl: "https://zekt.example" }, log: silent, store: {} } as unknown as Zekt;
const answer = await createApi(zekt).request("/api/openapi.json");

/** The API as its own document describes it. */
export const API = new Documented(await answer.json());
