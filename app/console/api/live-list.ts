import { useEffect, useMemo } from "react";
import { type GetOptions, useGet, useList } from "./queries.ts";
import type { Page } from "./types.ts";

/** Up to so many pages are read anew as they are; of a longer list only its first is. */
const READ_ANEW = 3;

/** A list with what its first page became since: what is new stands before it, what changed in its place. */
export function withFresh<T>(items: readonly T[], fresh: readonly T[], keyOf: (item: T) => string): T[] {
  const known = new Set(items.map(keyOf));
  const changed = new Map(fresh.map((one) => [keyOf(one), one]));
  return [
    ...fresh.filter((one) => !known.has(keyOf(one))),
    ...items.map((one) => changed.get(keyOf(one)) ?? one),
  ];
}

/**
 * Reads a list, newest first, as far as it was scrolled, and keeps it live where `every` is given. A short list is read whole each time; of
 * a long one the first page, where new rows arrive.
 */
export function useLiveList<T>(
  path: string,
  { keyOf, every, params = {} }: Omit<GetOptions, "enabled"> & { keyOf(item: T): string },
) {
  const live = every === undefined ? {} : { every };
  const list = useList<T>(path, { params, ...live, upTo: READ_ANEW });
  const isLong = every !== undefined && (list.data?.pages.length ?? 0) > READ_ANEW;
  const { data: first } = useGet<Page<T>>(path, { params, ...live, enabled: isLong });
  const fresh = isLong ? first?.items : undefined;
  const { items, hasGap } = useMemo(() => {
    if (!fresh) return { items: list.items, hasGap: false };
    const known = new Set(list.items.map(keyOf));
    return {
      items: withFresh(list.items, fresh, keyOf),
      hasGap: fresh.length > 0 && !fresh.some((one) => known.has(keyOf(one))),
    };
  }, [list.items, fresh, keyOf]);
  // More came than a page holds: what stands between is only found by reading all of it.
  const { refetch } = list;
  useEffect(() => {
    if (hasGap) void refetch();
  }, [hasGap, refetch]);
  return { ...list, items };
}
