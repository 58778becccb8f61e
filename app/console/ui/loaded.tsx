import { LinkButton, Spinner } from "@primer/react";
import { type ReactNode, useEffect, useRef } from "react";
import { ApiError } from "../api/call.ts";
import { Notice } from "./notice.tsx";
import { webAddress } from "./outward.tsx";

interface Query<T> {
  data: T | undefined;
  error: Error | null;
  isPending: boolean;
  refetch(): unknown;
}

interface LoadedProps<T> {
  of: Query<T>;
  /** The head of a page whose own head is in the data, for where that cannot be read. */
  head?: ReactNode;
  children: (data: T) => ReactNode;
}

/** Shows the state of a query: that it loads, why it failed with a way to retry, or its data. */
export function Loaded<T>({ of, head, children }: LoadedProps<T>) {
  if (of.data !== undefined) {
    return (
      <>
        {of.error && <Problem error={of.error} onRetry={() => of.refetch()} />}
        {children(of.data)}
      </>
    );
  }
  if (!of.error) return <Skeleton />;
  return (
    <>
      {head}
      <Problem error={of.error} onRetry={() => of.refetch()} />
    </>
  );
}

/** Rows that stand for those to come, so that the page does not jump once they are there. */
export const Skeleton = () => (
  <div className="skeleton" role="status" aria-label="Loading">
    {[1, 2, 3, 4].map((row) => (
      <div key={row} />
    ))}
  </div>
);

export const Loading = () => (
  <div className="loading">
    <Spinner srText="Loading" />
  </div>
);

/** The room of a chart, and of the line below it, while that is loaded. */
export const ChartToCome = () => (
  <div className="chart to-come">
    <Loading />
  </div>
);

/** Says what went wrong and, where asking again may help, how to. */
export function Problem({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const ref = useRef<HTMLDivElement>(null);
  // The button of a long dialog is far from its head, where this stands.
  useEffect(() => {
    const { current } = ref;
    if (error && current?.closest("[role=dialog], [role=alertdialog]"))
      current.scrollIntoView({ block: "nearest" });
  }, [error]);
  return (
    <div ref={ref}>
      <Notice
        variant="critical"
        title="That did not work"
        description={reasonOf(error)}
        action={onRetry && { name: "Try again", run: onRetry }}
      />
    </div>
  );
}

/** Returns an error's sentence, or where that only points at the fields that are wrong, what is wrong with each. */
function reasonOf(error: Error): ReactNode {
  const faults = error instanceof ApiError ? error.errors : [];
  if (faults.every(({ detail }) => error.message.includes(detail))) return error.message;
  return (
    <ul>
      {faults.map(({ pointer, detail }) => (
        <li key={`${pointer} ${detail}`}>
          <code>{pointer.slice(1)}</code> {detail}
        </li>
      ))}
    </ul>
  );
}

interface EmptyProps {
  title: string;
  children: ReactNode;
  action?: { label: string; href: string } | undefined;
}

/** There is nothing yet, and what to do first. */
export const Empty = ({ title, children, action }: EmptyProps) => (
  <div className="empty">
    <h2>{title}</h2>
    <div className="muted">{children}</div>
    {action && webAddress(action.href) && (
      <LinkButton variant="primary" href={action.href}>
        {action.label}
      </LinkButton>
    )}
  </div>
);
