import type { Hono } from "hono";
import { actorId } from "../auth.ts";
import { bodyOf, type Env, type GitHubParts, onRepository } from "../context.ts";
import { invalid, invalidRequest } from "../errors.ts";
import type { Account, Dispatch } from "../state.ts";

const MAX_TYPE = 100;
const MAX_PROPERTIES = 10;
const MAX_PAYLOAD_BYTES = 65_535;
const KEYS = ["event_type", "client_payload"];

/** https://docs.github.com/en/rest/repos/repos#create-a-repository-dispatch-event */
export function dispatchRoutes(app: Hono<Env>, parts: GitHubParts): void {
  const { world, runs } = parts;
  onRepository(app, parts, "post", "/dispatches", ["contents", "write"], async (context, repository) => {
    const caller = context.get("caller");
    const { eventType, clientPayload } = readDispatch(await bodyOf(context));
    const dispatch: Dispatch = {
      at: world.clock.now(),
      eventType,
      clientPayload,
      appSlug: caller.kind === "installation" ? caller.app.slug : null,
      runIds: [],
    };
    repository.dispatches.push(dispatch);
    if (world.settings.runWorkflows) {
      const sender = world.accounts.get(actorId(caller)) as Account;
      const installation = caller.kind === "installation" ? caller.installation : undefined;
      void runs.track(runs.dispatched(repository, dispatch, sender, installation)).catch(report);
    }
    return context.body(null, 204);
  });
}

const report = (error: unknown): void => {
  process.stderr.write(`A dispatch's runs failed: ${error instanceof Error ? error.stack : error}\n`);
};

function readDispatch(body: Record<string, unknown>): Pick<Dispatch, "eventType" | "clientPayload"> {
  const { event_type: eventType, client_payload: payload = {} } = body;
  const unknown = Object.keys(body).filter((key) => !KEYS.includes(key));
  if (unknown.length > 0) {
    const names = unknown.map((key) => `"${key}"`).join(", ");
    throw invalidRequest(
      `${names} ${unknown.length === 1 ? "is not a permitted key" : "are not permitted keys"}.`,
    );
  }
  if (eventType === undefined) throw invalidRequest(`"event_type" wasn't supplied.`);
  if (typeof eventType !== "string") {
    throw invalidRequest(`For 'properties/event_type', ${JSON.stringify(eventType)} is not a string.`);
  }
  const length = [...eventType].length;
  if (length === 0) throw invalidRequest("At least 1 character is required; only 0 were supplied.");
  if (length > MAX_TYPE) {
    throw invalidRequest(`Only ${MAX_TYPE} characters are allowed; ${length} were supplied.`);
  }
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
    throw invalidRequest(`For 'properties/client_payload', ${JSON.stringify(payload)} is not an object.`);
  }
  const properties = Object.keys(payload).length;
  if (properties > MAX_PROPERTIES) {
    throw invalidRequest(
      `No more than ${MAX_PROPERTIES} properties are allowed; ${properties} were supplied.`,
    );
  }
  if (Buffer.byteLength(JSON.stringify(payload)) > MAX_PAYLOAD_BYTES) {
    throw invalid("client_payload is too large.");
  }
  return { eventType, clientPayload: payload as Record<string, unknown> };
}
