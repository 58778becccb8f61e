import { type MouseEvent, memo, type ReactNode, type Ref } from "react";
import { Link, useNavigate } from "react-router";

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
  /** Returns the address that it leads to, in place of `onOpen`. */
  to?: ((item: T) => string) | undefined;
  /** Where it stands in the whole list, from 0, where not every row of it is in the page. */
  index?: number;
  ref?: Ref<HTMLTableRowElement>;
}

/** Returns whether a click was meant for something in the row, or ended a selection of its text. */
const isMeantOtherwise = ({ target }: MouseEvent): boolean =>
  (target instanceof Element && target.closest("a, button, input, select, label, [role=dialog]") !== null) ||
  (getSelection()?.toString() ?? "") !== "";

/** One row. It opens by a click anywhere in it, and by its first cell's button or link. */
const PlainRow = <T,>({ columns, item, onOpen, to, index, ref }: RowProps<T>) => {
  const navigate = useNavigate();
  const open = (): unknown => (to ? navigate(to(item)) : onOpen?.(item));
  return (
    <tr
      ref={ref}
      className={onOpen || to ? "row opens" : "row"}
      onClick={onOpen || to ? (event) => void (isMeantOtherwise(event) || open()) : undefined}
      {...(index === undefined ? {} : { "data-index": index, "aria-rowindex": index + 2 })}
    >
      {columns.map(({ name, minor, cell }, column) => (
        <td key={name} data-name={name} className={minor ? "minor" : undefined}>
          {column === 0 && to ? (
            <Link className="open" to={to(item)}>
              {cell(item)}
            </Link>
          ) : column === 0 && onOpen ? (
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
};

/** While others come into sight and leave it, a row that stays is left as it is. */
export const Row = memo(PlainRow) as typeof PlainRow;
