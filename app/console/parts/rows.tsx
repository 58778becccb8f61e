import { Button } from "@primer/react";
import { type ReactNode, useEffect, useRef } from "react";

export interface Column<T> {
  name: string;
  /** Width as a grid has it: `2fr`, `8rem`. */
  width: string;
  cell(item: T): ReactNode;
  /** Left out where the screen is narrow. */
  minor?: boolean;
}

interface RowsProps<T> {
  label: string;
  columns: readonly Column<T>[];
  items: readonly T[];
  keyOf(item: T): string;
  onOpen?: ((item: T) => void) | undefined;
  more?: { has: boolean; loading: boolean; load(): void };
}

/**
 * A table of any length: rows out of sight are not laid out (`content-visibility`), more are read when the
 * end comes near, and a row is opened by mouse or by its button with the keyboard.
 */
export function Rows<T>({ label, columns, items, keyOf, onOpen, more }: RowsProps<T>) {
  const shown = columns.map(({ width }) => width).join(" ");
  return (
    <div className="rows" style={{ "--columns": shown } as never}>
      <table aria-label={label}>
        <thead>
          <tr className="row head">
            {columns.map(({ name, minor }) => (
              <th scope="col" key={name} className={minor ? "minor" : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr className="row" key={keyOf(item)}>
              {columns.map(({ name, minor, cell }, index) => (
                <td key={name} data-name={name} className={minor ? "minor" : undefined}>
                  {index === 0 && onOpen ? (
                    <button type="button" className="open" onClick={() => onOpen(item)}>
                      {cell(item)}
                    </button>
                  ) : (
                    cell(item)
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more?.has && <More loading={more.loading} load={more.load} />}
    </div>
  );
}

function More({ loading, load }: { loading: boolean; load(): void }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && !loading && load(), {
      rootMargin: "600px",
    });
    if (ref.current) seen.observe(ref.current);
    return () => seen.disconnect();
  }, [loading, load]);
  return (
    <div ref={ref} className="more">
      <Button onClick={load} loading={loading}>
        More
      </Button>
    </div>
  );
}
