import { useEffect } from "react";

interface List {
  hasNextPage: boolean;
  isFetching: boolean;
  isError: boolean;
  fetchNextPage(): unknown;
}

/**
 * Reads a list to its end by itself, where all of it is needed: to choose from, or to find one thing in. A page that
 * cannot be read ends that until the list is read anew.
 */
export function useWhole({ hasNextPage, isFetching, isError, fetchNextPage }: List, isWanted = true): void {
  useEffect(() => {
    if (isWanted && hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [isWanted, hasNextPage, isFetching, isError, fetchNextPage]);
}

/** Returns whether a list was read to its end. */
export const isWhole = ({ data, hasNextPage }: { data: unknown; hasNextPage: boolean }): boolean =>
  data !== undefined && !hasNextPage;

/**
 * Returns the item that the address names, or the first where it names none, or none that is there. Undefined while the
 * one named may be on a page that is still to come.
 */
export function chosenOf<T>(
  items: readonly T[],
  id: string,
  idOf: (item: T) => string,
  isRead: boolean,
): T | undefined {
  const named = items.find((item) => idOf(item) === id);
  return named ?? (id === "" || isRead ? items[0] : undefined);
}
