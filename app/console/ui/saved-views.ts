import { useState } from "react";
import { useSearchParams } from "react-router";

type Views = Record<string, string>;

/** Views that are saved of one list. */
const MOST = 20;

function readViews(key: string): Views {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}") as Views;
  } catch {
    return {};
  }
}

/** Filters of a list that were saved under a name, in this browser. */
export function useSavedViews(list: string) {
  const key = `zekt-views-${list}`;
  const [params, setParams] = useSearchParams();
  const [views, setViews] = useState(() => readViews(key));
  const write = (next: Views): void => {
    setViews(next);
    try {
      localStorage.setItem(key, JSON.stringify(next));
    } catch {
      // Without storage a view lasts as long as the page.
    }
  };
  const here = params.toString();
  return {
    names: Object.keys(views).sort(),
    /** The name under which the present filters are saved; empty where they are not. */
    current: Object.keys(views).find((name) => views[name] === here) ?? "",
    open: (name: string): void => setParams(views[name] ?? ""),
    save: (name: string): void => {
      const kept = Object.entries(views).slice(-(MOST - 1));
      write({ ...Object.fromEntries(kept), [name]: here });
    },
    remove: (name: string): void => {
      const { [name]: _, ...rest } = views;
      write(rest);
    },
  };
}
