import { Fragment, lazy, type ReactNode, Suspense } from "react";
import { useGet } from "../api/queries.ts";
import type { Usage } from "../api/types.ts";
import { chosenOf, isWhole } from "../api/use-whole.ts";
import { AuditList } from "../insight/audit-list.tsx";
import { LeftOut } from "../installations/left-out.tsx";
import { OwnerSettings } from "../installations/owner-settings.tsx";
import { useInstallations } from "../installations/use-installations.ts";
import { Choice } from "../ui/choice.tsx";
import { everyDay } from "../ui/every-day.ts";
import { Figures } from "../ui/figures.tsx";
import { PageTitle, Section } from "../ui/heading.tsx";
import { ChartToCome, Empty, Loaded, Skeleton } from "../ui/loaded.tsx";
import { Rows } from "../ui/rows.tsx";
import { bytes, duration } from "../ui/times.ts";
import { useFilters } from "../ui/use-filters.ts";

const Bars = lazy(() => import("../ui/bars.tsx"));

/** Shows an owner's usage by day, with the share of durable delivery and the cost of its events. */
export default function UsagePage() {
  const installations = useInstallations();
  const [{ owner }, setFilters] = useFilters("owner");
  return (
    <Loaded of={installations} head={<PageTitle title="Usage" />}>
      {() => {
        const mine = installations.items.filter(
          ({ administers, installation }) => administers && installation !== "none",
        );
        const isRead = isWhole(installations);
        const chosen = chosenOf(mine, owner, ({ ownerId }) => ownerId, isRead);
        return (
          <>
            <PageTitle title="Usage" text="The last 30 days, by day of UTC.">
              {mine.length > 0 && (
                <Choice
                  label="Owner"
                  value={chosen?.ownerId ?? ""}
                  options={mine.map((one) => [one.ownerId, one.login])}
                  onChange={(value) => setFilters({ owner: value })}
                />
              )}
            </PageTitle>
            <LeftOut />
            {!chosen && !isRead && !installations.error && <Skeleton />}
            {chosen && (
              <Fragment key={chosen.ownerId}>
                <OwnerUsage ownerId={chosen.ownerId}>
                  <OwnerSettings ownerId={chosen.ownerId} />
                  <AuditList path={`/owners/${chosen.ownerId}/audit`} name={chosen.login} />
                </OwnerUsage>
              </Fragment>
            )}
            {!chosen && isRead && (
              <Empty title="No owner to show">
                Usage is for those who administer an owner on which the App is installed.
              </Empty>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

/** A count's name in words: `githubRequests` is GitHub requests, and `runMs` the run time. */
const worded = (kind: string): string =>
  kind
    .replace(/Ms$/, "Time")
    .replace(/Bytes$/, "Size")
    .replace(/:/g, ": ")
    .replace(/([a-z])([A-Z])/g, (_, end: string, begin: string) => `${end} ${begin.toLowerCase()}`)
    .replace(/\bgithub/, "GitHub")
    .replace(/\bapi/, "API")
    .replace(/^[a-z]/, (first) => first.toUpperCase());

const shown = (kind: string, value: number): string =>
  kind.endsWith("Ms") ? duration(value) : kind.endsWith("Bytes") ? bytes(value) : String(value);

const barOf = (period: string, counts: Usage["total"]) => ({
  period,
  values: {
    Deliveries: counts.deliveries ?? 0,
    Messages: counts.messages ?? 0,
    "API calls": counts.apiCalls ?? 0,
  },
});

/** Shows the figures, and what comes below them once it is known how much room they need. */
function OwnerUsage({ ownerId, children }: { ownerId: string; children: ReactNode }) {
  const usage = useGet<Usage>(`/owners/${ownerId}/usage`, { params: { by: "day" } });
  return (
    <>
      <Loaded of={usage}>
        {({ total, durable, other, cost, periods }) => (
          <>
            <Figures
              of={[
                ["Events", cost.events],
                ["Cost per event", `${cost.perEvent} ${cost.currency}`],
                ["Cost", `${cost.amount.toFixed(2)} ${cost.currency}`],
                ["Durable deliveries", durable.deliveries],
                ["Durable run time", duration(durable.runMs)],
                ["Other run time", duration(other.runMs)],
              ]}
            />
            {periods.length === 0 ? (
              <Empty title="No usage yet">Figures appear with the first event.</Empty>
            ) : (
              <Section title="By day">
                <Suspense fallback={<ChartToCome />}>
                  <Bars
                    label="Use by day"
                    rows={everyDay(
                      periods.map(({ period, counts }) => barOf(period, counts)),
                      (period) => barOf(period, {}),
                    )}
                  />
                </Suspense>
              </Section>
            )}
            <Section title="Total">
              <Rows
                label="Use in all"
                items={Object.entries(total)}
                keyOf={([kind]) => kind}
                columns={[
                  { name: "What", width: "minmax(0, 2fr)", cell: ([kind]) => worded(kind) },
                  { name: "How much", width: "minmax(0, 1fr)", cell: ([kind, value]) => shown(kind, value) },
                ]}
              />
            </Section>
          </>
        )}
      </Loaded>
      {!usage.isPending && children}
    </>
  );
}
