import { Button } from "@primer/react";
import { useState } from "react";
import { call, type Params } from "../api/call.ts";
import type { Page } from "../api/types.ts";
import { useFeedback } from "./feedback.tsx";

/** Rows of an export at most, so that it stays a file that a browser can hold. */
const MOST = 10_000;

/** A column of a CSV file. */
export type CsvColumn<T> = readonly [name: string, value: (item: T) => string | number | boolean | null];

/** Quotes a value for CSV (RFC 4180). A spreadsheet must not take what others wrote for a formula. */
function quoted(value: string | number | boolean | null): string {
  const text = value === null ? "" : String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Returns items as CSV, a line each. */
export const csvOf = <T,>(columns: readonly CsvColumn<T>[], items: readonly T[]): string =>
  [
    columns.map(([name]) => quoted(name)),
    ...items.map((item) => columns.map(([, value]) => quoted(value(item)))),
  ]
    .map((cells) => `${cells.join(",")}\r\n`)
    .join("");

async function readAll<T>(
  path: string,
  params: Params,
  pages: number,
): Promise<{ items: T[]; isCut: boolean }> {
  const items: T[] = [];
  let cursor: string | null = null;
  let read = 0;
  do {
    const page: Page<T> = await call<Page<T>>("GET", path, { params: { ...params, limit: 100, cursor } });
    items.push(...page.items);
    cursor = page.cursor;
    read += 1;
  } while (cursor !== null && items.length < MOST && read < pages);
  return { items, isCut: cursor !== null };
}

/** Offers a text to the browser as a file to save. */
export function offer(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

interface Props<T> {
  path: string;
  params: Params;
  columns: readonly CsvColumn<T>[];
  /** The file's name without its ending. */
  name: string;
  /** Pages to read at most. */
  pages?: number;
}

/** Buttons that save what a list's filters select, as CSV or JSON. */
export function ExportList<T>({ path, params, columns, name, pages = Infinity }: Props<T>) {
  const { say } = useFeedback();
  const [running, setRunning] = useState<"csv" | "json" | null>(null);
  const run = async (kind: "csv" | "json"): Promise<void> => {
    setRunning(kind);
    try {
      const { items, isCut } = await readAll<T>(path, params, pages);
      if (kind === "csv") offer(`${name}.csv`, "text/csv", csvOf(columns, items));
      else offer(`${name}.json`, "application/json", JSON.stringify(items, null, 2));
      if (isCut)
        say({ text: `The file has the newest ${items.length} rows. Narrow the time to get the rest.` });
    } catch (error) {
      say({ text: `The file could not be made: ${(error as Error).message}` });
    } finally {
      setRunning(null);
    }
  };
  return (
    <>
      <Button loading={running === "csv"} onClick={() => void run("csv")}>
        CSV
      </Button>
      <Button loading={running === "json"} onClick={() => void run("json")}>
        JSON
      </Button>
    </>
  );
}
