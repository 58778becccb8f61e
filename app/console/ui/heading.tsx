import { type ReactNode, useEffect, useRef } from "react";

/** The address whose title was shown last: at first that which the browser loaded. */
let shown = location.pathname;

interface PageTitleProps {
  title: string;
  /** The part of the page that is open; the browser's tab names it first. */
  part?: string | undefined;
  text?: ReactNode;
  children?: ReactNode;
}

/** A page's title, for the reader and for the browser's tab. It has the focus where the link that was followed is gone. */
export function PageTitle({ title, part, text, children }: PageTitleProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${part ? `${part} · ` : ""}${title} · Zekt`;
  }, [title, part]);
  useEffect(() => {
    if (location.pathname === shown) return;
    shown = location.pathname;
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  });
  return (
    <div className="spread">
      <div>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {text && <span className="muted">{text}</span>}
      </div>
      <div className="bar">{children}</div>
    </div>
  );
}

export const Section = ({
  title,
  children,
  action,
}: {
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) => (
  <section className="form" aria-label={title}>
    <div className="spread">
      <h2>{title}</h2>
      {action}
    </div>
    {children}
  </section>
);
