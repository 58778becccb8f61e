import { Heading, Text } from "@primer/react";
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
        <Heading as="h1" variant="medium">
          {title}
        </Heading>
        {text && <Text className="muted">{text}</Text>}
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
      <Heading as="h2" variant="small">
        {title}
      </Heading>
      {action}
    </div>
    {children}
  </section>
);
