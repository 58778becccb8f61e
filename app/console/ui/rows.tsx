import { LongBody } from "./long-body.tsx";
import { More, type MoreProps } from "./more.tsx";
import { type Column, Row } from "./row.tsx";
import { useNarrow } from "./use-narrow.ts";

export type { Column } from "./row.tsx";

/** From how many rows on only those near the window are kept in the page. */
const LONG = 60;

/** Returns the width in pixels of the window up to which columns do not fit side by side. */
const widthOf = (columns: number): number => (columns < 6 ? 700 : columns < 8 ? 900 : 1100);

interface RowsProps<T> {
  label: string;
  columns: readonly Column<T>[];
  items: readonly T[];
  keyOf(item: T): string;
  onOpen?: ((item: T) => void) | undefined;
  /** Returns the address that a row leads to, in place of `onOpen`. */
  to?: ((item: T) => string) | undefined;
  more?: MoreProps & { has: boolean };
}

/**
 * A table of any length. It reads more rows when the end comes near and leaves rows far from the window out of the
 * page. A row opens by mouse, or with the keyboard by its button or link. In a narrow window each row is a card.
 */
export function Rows<T>({ label, columns, items, keyOf, onOpen, to, more }: RowsProps<T>) {
  const shown = columns.map(({ width }) => width).join(" ");
  const isLong = items.length > LONG;
  const isStacked = useNarrow(widthOf(columns.length));
  return (
    <div className={isStacked ? "rows stacked" : "rows"} style={{ "--columns": shown } as never}>
      <table aria-label={label} {...(isLong ? { "aria-rowcount": more?.has ? -1 : items.length + 1 } : {})}>
        <thead>
          <tr className="row head" {...(isLong ? { "aria-rowindex": 1 } : {})}>
            {columns.map(({ name, minor }) => (
              <th scope="col" key={name} className={minor ? "minor" : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        {isLong ? (
          <LongBody columns={columns} items={items} keyOf={keyOf} onOpen={onOpen} to={to} />
        ) : (
          <tbody>
            {items.map((item) => (
              <Row key={keyOf(item)} columns={columns} item={item} onOpen={onOpen} to={to} />
            ))}
          </tbody>
        )}
      </table>
      {more?.has && <More loading={more.loading} load={more.load} />}
    </div>
  );
}
