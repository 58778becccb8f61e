import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react";

interface MenuProps {
  /** The button's name for screen readers. */
  label: string;
  /** The content of the button. */
  button: ReactNode;
  items: readonly (
    | { name: string; icon?: ReactNode; href: string }
    | { name: string; icon?: ReactNode; onSelect(): void }
  )[];
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

/**
 * A button that opens a menu below it. The browser closes it with Escape or a click elsewhere, and gives the keyboard
 * back to the button.
 */
export function Menu({ label, button, items }: MenuProps) {
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  const entries = (): HTMLElement[] => [
    ...(menu.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? []),
  ];
  const toggled = (isNowOpen: boolean): void => {
    setOpen(isNowOpen);
    if (!isNowOpen || !opener.current || !menu.current) return;
    const { bottom, right } = opener.current.getBoundingClientRect();
    const { clientWidth } = document.documentElement;
    Object.assign(menu.current.style, { top: `${bottom + 4}px`, right: `${clientWidth - right}px` });
    entries()[0]?.focus();
  };
  const press = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (event.key === "Tab") menu.current?.hidePopover();
    if (step === undefined) return;
    event.preventDefault();
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + step + all.length) % all.length]?.focus();
  };
  return (
    <>
      <button
        ref={opener}
        type="button"
        className="opener"
        popoverTarget={id}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-label={label}
      >
        {button}
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        role="menu"
        aria-label={label}
        tabIndex={-1}
        className="menu"
        onToggle={({ newState }) => toggled(newState === "open")}
        onKeyDown={press}
      >
        {items.map((item) => {
          const shown = (
            <>
              {item.icon} {item.name}
            </>
          );
          return "href" in item ? (
            <a key={item.name} role="menuitem" tabIndex={-1} href={item.href}>
              {shown}
            </a>
          ) : (
            <button
              key={item.name}
              type="button"
              role="menuitem"
              tabIndex={-1}
              onClick={() => {
                menu.current?.hidePopover();
                item.onSelect();
              }}
            >
              {shown}
            </button>
          );
        })}
      </div>
    </>
  );
}
