import type { Stage } from "../../harness/stage.ts";

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any;
}

export interface Sent {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Calls Zekt's API as a user, or as nobody, and answers whatever came. */
export type Call = (login: string | null, path: string, sent?: Sent) => Promise<Answer>;

/** A client of a stage's API; each user has one token. */
export function clientOf(stage: Stage): Call {
  const tokens = new Map<string, string>();
  return async (login, path, { method = "GET", body, headers = {} } = {}) => {
    if (login !== null && !tokens.has(login)) tokens.set(login, userToken(stage, login));
    const response = await fetch(`${stage.server.url}/api${path}`, {
      method,
      headers: {
        ...(login === null ? {} : { authorization: `Bearer ${tokens.get(login)}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== "" ? JSON.parse(text) : null,
    };
  };
}

/** A user token issued to the stage's App. */
export function userToken({ github }: Stage, login: string): string {
  const [app] = github.world.apps.values();
  return github.control.userToken(login, app?.clientId ?? "");
}
