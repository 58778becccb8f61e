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
