import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState } from "react";
import { type Column, Row } from "./row.tsx";

interface Props<T> {
  columns: readonly Column<T>[];
  items: readonly T[];
  keyOf(item: T): string;
  onOpen?: ((item: T) => void) | undefined;
  to?: ((item: T) => string) | undefined;
}

/** Height of a row of one line, in pixels; those that are seen are measured. */
const ROW = 40;
/** Rows kept above and below what is seen, so that fast scrolling and the tab key meet them. */
const BEYOND = 15;

/** The body of a long table: of its rows only those near the window are in the page. */
export function LongBody<T>({ columns, items, keyOf, onOpen, to }: Props<T>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    if (body.current) setTop(Math.round(body.current.getBoundingClientRect().top + window.scrollY));
  });
  const rows = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => ROW,
    overscan: BEYOND,
    scrollMargin: top,
    getItemKey: (index) => keyOf(items[index] as T),
  });
  const seen = rows.getVirtualItems();
  const above = (seen[0]?.start ?? top) - top;
  const below = rows.getTotalSize() - ((seen.at(-1)?.end ?? top) - top);
  return (
    <tbody ref={body} className="long" style={{ paddingTop: above, paddingBottom: below }}>
      {seen.map(({ key, index }) => (
        <Row
          key={key}
          ref={rows.measureElement}
          index={index}
          columns={columns}
          item={items[index] as T}
          onOpen={onOpen}
          to={to}
        />
      ))}
    </tbody>
  );
}
