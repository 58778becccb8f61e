import { memo, type ReactNode, type Ref } from "react";

export interface Column<T> {
  name: string;
  /** Width as a grid has it: `2fr`, `8rem`. */
  width: string;
  cell(item: T): ReactNode;
  /** Left out where the screen is narrow. */
  minor?: boolean;
}

interface RowProps<T> {
  columns: readonly Column<T>[];
  item: T;
  onOpen?: ((item: T) => void) | undefined;
  /** Where it stands in the whole list, from 0, where not every row of it is in the page. */
  index?: number;
  ref?: Ref<HTMLTableRowElement>;
}

/** One row, opened by its first cell's button where it can be opened. */
const PlainRow = <T,>({ columns, item, onOpen, index, ref }: RowProps<T>) => (
  <tr
    ref={ref}
    className="row"
    {...(index === undefined ? {} : { "data-index": index, "aria-rowindex": index + 2 })}
  >
    {columns.map(({ name, minor, cell }, column) => (
      <td key={name} data-name={name} className={minor ? "minor" : undefined}>
        {column === 0 && onOpen ? (
          <button type="button" className="open" onClick={() => onOpen(item)}>
            {cell(item)}
          </button>
        ) : (
          cell(item)
        )}
      </td>
    ))}
  </tr>
);

/** While others come into sight and leave it, a row that stays is left as it is. */
export const Row = memo(PlainRow) as typeof PlainRow;
