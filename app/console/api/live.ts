import { type Query, useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useState,
} from "react";

/** A tab's way of learning of changes. */
export interface Live {
  /** True while a stream announces changes; without one, queries poll. */
  isStreaming: boolean;
  isOnline: boolean;
}

const LiveContext = createContext<Live>({ isStreaming: false, isOnline: true });

/** Returns how this tab learns of changes. */
export const useLive = (): Live => useContext(LiveContext);

/** Changes that come within so many milliseconds are read together. */
const TOGETHER = 400;

/** The wait before a stream is opened anew that the browser gave up, in milliseconds, and what chance adds at most. */
const ANEW = { least: 5000, more: 5000 } as const;

/** Returns whether a query is to follow changes: one that is live, and of a list only a short one. */
function follows({ meta, state }: Query): boolean {
  if (meta?.live !== true) return false;
  const pages = (state.data as { pages?: unknown[] } | undefined)?.pages?.length ?? 0;
  return typeof meta.upTo !== "number" || pages <= meta.upTo;
}

/**
 * Follows changes by one stream for the tab: https://developer.mozilla.org/docs/Web/API/EventSource. Where there is
 * none, as behind API Gateway, queries poll by themselves; their requests are conditional.
 */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [isStreaming, setStreaming] = useState(false);
  const [isOnline, setOnline] = useState(() => navigator.onLine);
  const [isSeen, setSeen] = useState(() => !document.hidden);
  useEffect(() => {
    const update = (): void => setOnline(navigator.onLine);
    addEventListener("online", update);
    addEventListener("offline", update);
    const look = (): void => setSeen(!document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      removeEventListener("online", update);
      removeEventListener("offline", update);
    };
  }, []);
  useEffect(() => {
    // Over HTTP/1.1 a browser has six connections to a host: tabs that nobody sees hold none.
    if (!isOnline || !isSeen) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isDue = false;
    const readAnew = async (): Promise<void> => {
      isDue = false;
      await queries.invalidateQueries({ predicate: follows });
      timer = undefined;
      // What changed meanwhile. A read that is slower than the changes would else be begun anew by each of them.
      if (isDue) soon();
    };
    const soon = (): void => {
      isDue = true;
      timer ??= setTimeout(() => void readAnew(), TOGETHER);
    };
    let stream: EventSource;
    let anew: ReturnType<typeof setTimeout> | undefined;
    let wasOpen = false;
    const open = (): void => {
      stream = new EventSource("/api/changes");
      stream.addEventListener("open", () => {
        wasOpen = true;
        setStreaming(true);
        // What changed while there was no stream.
        soon();
      });
      stream.addEventListener("change", soon);
      stream.addEventListener("error", () => {
        setStreaming(false);
        // The browser connects again by itself, but for good gives up at any answer that is no stream. A proxy gives
        // one while Zekt starts again. Where there never was a stream, there is none.
        if (stream.readyState === EventSource.CLOSED && wasOpen)
          anew = setTimeout(open, ANEW.least + Math.random() * ANEW.more);
      });
    };
    open();
    return () => {
      isDue = false;
      clearTimeout(timer);
      clearTimeout(anew);
      stream.close();
      setStreaming(false);
    };
  }, [queries, isOnline, isSeen]);
  const live = useMemo(() => ({ isStreaming, isOnline }), [isStreaming, isOnline]);
  return createElement(LiveContext, { value: live }, children);
}
