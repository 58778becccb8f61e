import { useSearchParams } from "react-router";

/** Filters that are kept in the page's address, so that it can be shared as it is seen. */
export function useFilters<K extends string>(...names: K[]) {
  const [params, setParams] = useSearchParams();
  const values = Object.fromEntries(names.map((name) => [name, params.get(name) ?? ""])) as Record<K, string>;
  const set = (change: Partial<Record<K, string>>): void =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(change) as [string, string][]) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next;
      },
      { replace: true },
    );
  return [values, set] as const;
}
