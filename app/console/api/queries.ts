import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { ApiError, call, type Params, readText } from "./call.ts";
import { useLive } from "./live.ts";
import type { Page } from "./types.ts";

/** The path of the session, by which every page asks who is signed in. */
export const SESSION = "/session";

/** Returns whether to retry: a failure that may pass is retried, a refusal is not. */
export const shouldRetry = (failures: number, error: Error): boolean =>
  failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500);

export interface GetOptions {
  params?: Params;
  /** Milliseconds between refreshes, while the page is seen; where a stream announces changes, a minute at least. */
  every?: number;
  enabled?: boolean;
}

/** The options of a query whose polling interval may depend on its present data. */
type GetOptionsOf<T> = Omit<GetOptions, "every"> & {
  every?: number | ((data: T | undefined) => number | undefined);
  /** False where no stream announces its changes, as those of a job, so that the interval holds beside one too. */
  isAnnounced?: boolean;
};

/** Beside a stream, so often at most: a judgement that time alone changes is announced by none. */
const SELDOM = 60_000;

const besideStream = (every: number | undefined): number | false =>
  every === undefined ? false : Math.max(every, SELDOM);

/** Reads something of the API, and again whenever something was changed. */
export function useGet<T>(
  path: string,
  { params = {}, every, enabled = true, isAnnounced = true }: GetOptionsOf<T> = {},
) {
  const { isStreaming } = useLive();
  const polled = ({ state }: { state: { data: T | undefined } }): number | false => {
    const wanted = typeof every === "function" ? every(state.data) : every;
    return isStreaming && isAnnounced ? besideStream(wanted) : (wanted ?? false);
  };
  return useQuery<T, Error>({
    queryKey: [path, params],
    queryFn: () => call<T>("GET", path, { params }),
    enabled,
    meta: { live: every !== undefined },
    refetchInterval: polled,
  });
}

/** Reads a text of the API exactly as it is; it is not read anew. */
export const useText = (path: string) =>
  useQuery<string, Error>({ queryKey: [path, "text"], queryFn: () => readText(path), staleTime: Infinity });

export interface ListOptions extends GetOptions {
  /** The most pages that a list may have and still refresh by itself. */
  upTo?: number;
}

/** Reads a list page by page, as far as it was scrolled. */
export function useList<T, P extends Page<T> = Page<T>>(
  path: string,
  { params = {}, every, enabled = true, upTo = 10 }: ListOptions = {},
) {
  const isShort = ({ state }: { state: { data?: { pages: unknown[] } | undefined } }): boolean =>
    (state.data?.pages.length ?? 0) <= upTo;
  const { isStreaming } = useLive();
  const query = useInfiniteQuery<P, Error, { pages: P[] }, unknown[], string | null>({
    queryKey: [path, params, "list"],
    queryFn: ({ pageParam }) => call<P>("GET", path, { params: { ...params, cursor: pageParam } }),
    initialPageParam: null,
    getNextPageParam: (last) => last.cursor,
    enabled,
    refetchOnWindowFocus: isShort,
    meta: { live: every !== undefined, upTo },
    refetchInterval: (of) => {
      if (every === undefined || !isShort(of)) return false;
      return isStreaming ? besideStream(every) : every;
    },
  });
  const { data } = query;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  return { ...query, items };
}

export type Change = {
  method: "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  body?: unknown;
  /** The same key again has the effect of once. */
  key?: string;
};

/** Returns a function that changes something by the API and reads anew what is shown; it throws where that is refused. */
export function useAct() {
  const queries = useQueryClient();
  return async <T = unknown>({ method, path, body, key }: Change): Promise<T> => {
    const answer = await call<T>(method, path, { key, ...(body === undefined ? {} : { body }) });
    await queries.invalidateQueries();
    return answer;
  };
}

/** Changes something by the API; whatever is shown is read anew afterwards. */
export function useChange<T = unknown>(onDone: (answer: T) => void = () => {}) {
  const queries = useQueryClient();
  return useMutation<T, Error, Change>({
    mutationFn: ({ method, path, body }) => call<T>(method, path, body === undefined ? {} : { body }),
    onSuccess: async (answer) => {
      await queries.invalidateQueries();
      onDone(answer);
    },
  });
}
