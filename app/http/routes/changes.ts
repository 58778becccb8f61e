import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import { MINUTE, SECOND } from "../../domain/clock.ts";
import type { Define } from "../kit/route.ts";

/** Streams that are open at once; further tabs poll. */
const MOST = 500;
/** A stream ends after this, so that a user who lost a right, or signed out, hears no more. */
const LASTS = 10 * MINUTE;
/** Between two comments that keep proxies from cutting an idle connection. */
const BEAT = 25 * SECOND;

const STREAM_TYPE = "text/event-stream";

/** Defines the stream of changes that a console's tab follows, where one process does all the work. */
export function changeRoutes(define: Define, deps: ApiDeps): void {
  const { changes } = deps.store;
  define({
    id: "streamChanges",
    method: "get",
    path: "/api/changes",
    summary:
      "Follow changes of your repositories as server-sent events (accept: text/event-stream); 204 where there is no stream, so that one polls",
    tag: "Overview",
    access: { by: "user" },
    answerType: STREAM_TYPE,
    answer: z
      .string()
      .meta({ description: "An event for each change", example: "event: change\ndata: {}\n\n" }),
    also: { 204: { description: "There is no stream here" } },
    async handle({ context }) {
      const isWanted = context.req.header("accept")?.includes(STREAM_TYPE) ?? false;
      const isHere = deps.settings.soleWorker !== null && changes.listeners < MOST;
      if (!isWanted || !isHere) return context.body(null, 204);
      const rights = await deps.users.repositories(context.get("user").token);
      const isRead = context.req.method !== "HEAD";
      return new Response(isRead ? streamOf(deps, (id) => rights.has(id)) : null, {
        headers: {
          "content-type": STREAM_TYPE,
          "cache-control": "no-cache, no-transform",
          // Else nginx collects what is to arrive at once.
          "x-accel-buffering": "no",
        },
      });
    },
  });
}

/**
 * Makes a stream of events that name the changed repositories a user may see. What changes while its reader is slow, or
 * asleep, is one event once there is room: nothing piles up.
 */
function streamOf({ store }: ApiDeps, isSeen: (repositoryId: string) => boolean): ReadableStream {
  const text = new TextEncoder();
  let end = (): void => {};
  let flush = (): void => {};
  return new ReadableStream({
    start(controller) {
      const send = (line: string): void => controller.enqueue(text.encode(line));
      const changed = new Set<string>();
      const hasRoom = (): boolean => (controller.desiredSize ?? 0) > 0;
      flush = () => {
        if (changed.size === 0 || !hasRoom()) return;
        send(`event: change\ndata: ${JSON.stringify({ repositories: [...changed] })}\n\n`);
        changed.clear();
      };
      const stop = store.changes.listen((repositoryIds) => {
        for (const id of repositoryIds) if (isSeen(id)) changed.add(id);
        flush();
      });
      const beat = setInterval(() => {
        if (hasRoom()) send(": still here\n\n");
      }, BEAT).unref();
      const over = setTimeout(() => {
        end();
        controller.close();
      }, LASTS).unref();
      end = () => {
        stop();
        clearInterval(beat);
        clearTimeout(over);
      };
      send("retry: 3000\n\n");
    },
    pull: () => flush(),
    cancel: () => end(),
  });
}
