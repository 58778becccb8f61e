import { type ReactNode, useEffect } from "react";

/** A page's title, for the reader and for the browser's tab. */
export function PageTitle({
  title,
  text,
  children,
}: {
  title: string;
  text?: ReactNode;
  children?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Zekt`;
  }, [title]);
  return (
    <div className="spread">
      <div>
        <h1>{title}</h1>
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
