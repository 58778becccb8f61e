import { useList } from "../api/queries.ts";
import type { AuditEntry } from "../api/types.ts";
import { type CsvColumn, ExportList } from "../ui/export-list.tsx";
import { Section } from "../ui/heading.tsx";
import { Empty, Problem, Skeleton } from "../ui/loaded.tsx";
import { type Column, Rows } from "../ui/rows.tsx";
import { absolute } from "../ui/times.ts";
import { zone } from "../ui/zone.ts";

const WAYS: Record<AuditEntry["via"], string> = { console: "console", api: "API", file: "file" };

/** Returns an action in words: `subscription-approved` is "Subscription approved". */
const actionWords = (action: string): string => {
  const words = action.replaceAll("-", " ");
  return `${words[0]?.toUpperCase()}${words.slice(1)}`;
};

const COLUMNS: Column<AuditEntry>[] = [
  { name: "When", width: "10rem", cell: ({ at }) => absolute(at) },
  { name: "What", width: "minmax(0, 1.2fr)", cell: ({ action }) => actionWords(action) },
  { name: "Subject", width: "minmax(0, 2fr)", cell: ({ subject }) => subject },
  {
    name: "Who",
    width: "8rem",
    cell: ({ by, via }) => by ?? (via === "file" ? "the file" : "the other side"),
  },
  { name: "Via", width: "5rem", cell: ({ via }) => WAYS[via] },
  { name: "Detail", width: "minmax(0, 2fr)", cell: ({ detail }) => detail ?? "" },
];

const CSV: readonly CsvColumn<AuditEntry>[] = [
  ["at", ({ at }) => at],
  ["action", ({ action }) => action],
  ["subject", ({ subject }) => subject],
  ["by", ({ by }) => by],
  ["via", ({ via }) => via],
  ["detail", ({ detail }) => detail],
];

/** Lists who changed what, when and by which way, newest first. */
export function AuditList({ path, name }: { path: string; name: string }) {
  const entries = useList<AuditEntry>(path, { params: { limit: 100 } });
  return (
    <Section
      title="Audit trail"
      action={
        <div className="bar">
          <ExportList path={path} params={{}} columns={CSV} name={`audit-${name}`} />
        </div>
      }
    >
      <div className="muted">Kept for 396 days. Times are in {zone(new Date().toISOString())}.</div>
      {entries.error && <Problem error={entries.error} onRetry={() => entries.refetch()} />}
      {entries.isPending && <Skeleton />}
      {entries.data && entries.items.length === 0 && (
        <Empty title="No changes yet">Every change is listed here, with the person who made it.</Empty>
      )}
      {entries.items.length > 0 && (
        <Rows
          label="Audit trail"
          columns={COLUMNS}
          items={entries.items}
          keyOf={({ entryId }) => entryId}
          more={{
            has: entries.hasNextPage,
            loading: entries.isFetchingNextPage,
            load: entries.fetchNextPage,
          }}
        />
      )}
    </Section>
  );
}
