import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { ApiError, call, type Params } from "./call.ts";
import type { Page } from "./types.ts";

/** Returns whether to retry: a failure that may pass is retried, a refusal is not. */
export const shouldRetry = (failures: number, error: Error): boolean =>
  failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500);

export interface GetOptions {
  params?: Params;
  /** Milliseconds between refreshes, while the page is seen. */
  every?: number;
  enabled?: boolean;
}

/** The options of a query whose polling interval may depend on its present data. */
type GetOptionsOf<T> = Omit<GetOptions, "every"> & {
  every?: number | ((data: T | undefined) => number | undefined);
};

/** Reads something of the API, and again whenever something was changed. */
export function useGet<T>(path: string, { params = {}, every, enabled = true }: GetOptionsOf<T> = {}) {
  return useQuery<T, Error>({
    queryKey: [path, params],
    queryFn: () => call<T>("GET", path, { params }),
    enabled,
    refetchInterval: ({ state }) => (typeof every === "function" ? every(state.data) : every) ?? false,
  });
}

export interface ListOptions extends GetOptions {
  /** The most pages that a list may have and still refresh by itself. */
  upTo?: number;
}

/** Reads a list page by page, as far as it was scrolled. */
export function useList<T>(
  path: string,
  { params = {}, every, enabled = true, upTo = 10 }: ListOptions = {},
) {
  const isShort = ({ state }: { state: { data?: { pages: unknown[] } | undefined } }): boolean =>
    (state.data?.pages.length ?? 0) <= upTo;
  const query = useInfiniteQuery<Page<T>, Error, { pages: Page<T>[] }, unknown[], string | null>({
    queryKey: [path, params, "list"],
    queryFn: ({ pageParam }) => call<Page<T>>("GET", path, { params: { ...params, cursor: pageParam } }),
    initialPageParam: null,
    getNextPageParam: (last) => last.cursor,
    enabled,
    refetchOnWindowFocus: isShort,
    refetchInterval: (of) => (every !== undefined && isShort(of) ? every : false),
  });
  const { data } = query;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  return { ...query, items };
}

export type Change = { method: "POST" | "PUT" | "PATCH" | "DELETE"; path: string; body?: unknown };

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
