import { Button } from "@primer/react";
import { useEffect, useState } from "react";
import { faultAt } from "../api/call.ts";
import type { DeliveryPage } from "../api/types.ts";
import { Field } from "../ui/field.tsx";
import { absolute } from "../ui/times.ts";

interface FieldProps {
  value: string;
  /** The error of the last search, which may be about the expression. */
  wrong: Error | null;
  onSearch(where: string): void;
}

/** Returns the fault of the expression that a search was refused for. */
export const whereFault = (error: Error | null) => faultAt(error, "/where");

/** A field for the expression that payloads are searched by. A search costs, so it begins when it is sent. */
export function PayloadField({ value, wrong, onSearch }: FieldProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  return (
    <form
      className="bar"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(text.trim());
      }}
    >
      <div style={{ flex: "1 1 18rem" }}>
        <Field
          label="Payload"
          caption="A CEL expression over message, run and eventType, such as message.version == '1.4.0'"
          value={text}
          error={text === value ? whereFault(wrong) : undefined}
          onChange={setText}
        />
      </div>
      <Button type="submit">Search payloads</Button>
    </form>
  );
}

interface ProgressProps {
  pages: readonly Pick<DeliveryPage, "searched">[];
  matches: number;
  hasMore: boolean;
  isLoading: boolean;
  onMore(): void;
}

/** Says how far a search of payloads has come, and goes on when asked to. */
export function SearchProgress({ pages, matches, hasMore, isLoading, onMore }: ProgressProps) {
  const parts = pages.flatMap(({ searched }) => searched ?? []);
  const sum = (of: "deliveries" | "failed" | "unreadable"): number =>
    parts.reduce((all, part) => all + part[of], 0);
  const [failed, unreadable] = [sum("failed"), sum("unreadable")];
  const backTo = parts.findLast((part) => part.backTo !== null)?.backTo;
  const reason = parts.find((part) => part.reason !== null)?.reason;
  return (
    <div className="bar">
      <span role="status">
        {`Searched ${sum("deliveries")} deliveries`}
        {backTo && `, back to ${absolute(backTo)}`}
        {`: ${matches} ${matches === 1 ? "matches" : "match"}.`}
        {failed > 0 && ` The expression failed for ${failed}: ${reason}.`}
        {unreadable > 0 && ` ${unreadable} payloads may not be read any more.`}
        {!hasMore && " Payloads are kept for 90 days: there are no more to search."}
      </span>
      {hasMore && (
        <Button loading={isLoading} onClick={onMore}>
          Search further back
        </Button>
      )}
    </div>
  );
}
