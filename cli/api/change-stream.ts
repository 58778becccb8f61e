import { deepestCause } from "../../shared/deepest-cause.ts";
import { CommandError, EXIT } from "../exit.ts";
import { failsJustNow } from "./http.ts";

/** A stream of changes of repositories. */
export interface ChangeStream {
  /** Resolves once a repository has changed since this was last called; false where the stream has ended. */
  changed(repositoryId: string): Promise<boolean>;
  close(): void;
}

/**
 * Opens Zekt's stream of changes; null where there is none, so that one polls.
 *
 * @throws CommandError where Zekt cannot be reached, or cannot say just now whether there is one
 */
export async function openChanges(base: URL, token: string): Promise<ChangeStream | null> {
  const ended = new AbortController();
  const headers = { authorization: `Bearer ${token}`, accept: "text/event-stream" };
  const response = await fetch(new URL("api/changes", base), {
    headers,
    redirect: "manual",
    signal: ended.signal,
  }).catch((error: unknown) => {
    throw new CommandError(EXIT.unreachable, `${base.origin} cannot be reached: ${deepestCause(error)}.`);
  });
  const { status, body } = response;
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
  if (body && status === 200 && isStream) return { ...collect(eventsOf(body)), close: () => ended.abort() };
  ended.abort();
  if (failsJustNow(status))
    throw new CommandError(EXIT.unreachable, `${base.origin} answered ${status}.`, status);
  return null;
}

/** Reads events as they come: those that nobody waited for are one change by the time that somebody asks. */
function collect(events: AsyncIterable<string[]>): Pick<ChangeStream, "changed"> {
  const seen = new Set<string>();
  let isOver = false;
  let wake = (): void => {};
  void (async () => {
    try {
      for await (const repositoryIds of events) {
        for (const id of repositoryIds) seen.add(id);
        wake();
      }
    } catch {
      // It was cut off, or closed here.
    }
    isOver = true;
    wake();
  })();
  return {
    async changed(repositoryId) {
      for (;;) {
        if (seen.delete(repositoryId)) return true;
        if (isOver) return false;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** Reads the repositories of each event. https://html.spec.whatwg.org/multipage/server-sent-events.html */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const data = /^data: (.+)$/m.exec(event)?.[1];
      if (data) yield (JSON.parse(data) as { repositories?: string[] }).repositories ?? [];
    }
  }
}
