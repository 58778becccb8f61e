import { lazy, Suspense } from "react";
import { Link } from "react-router";
import { useGet } from "../api/queries.ts";
import type { Overview as Figures30 } from "../api/types.ts";
import { Attention } from "../insight/attention.tsx";
import { LeftOut } from "../installations/left-out.tsx";
import { Choice } from "../ui/choice.tsx";
import { Figures } from "../ui/figures.tsx";
import { PageTitle, Section } from "../ui/heading.tsx";
import { ChartToCome, Empty, Loaded } from "../ui/loaded.tsx";
import { absolute, duration, percent } from "../ui/times.ts";
import { useFilters } from "../ui/use-filters.ts";

const Bars = lazy(() => import("../ui/bars.tsx"));

const DAYS = [
  ["1", "24 hours"],
  ["7", "7 days"],
  ["30", "30 days"],
] as const;

/** Returns an hour of UTC by the reader's clock, as all other times are: `2026-01-31 14:30` for `2026-01-31T09`. */
const hourOf = (period: string): string => absolute(`${period}:00:00Z`).slice(0, 16);

/** Shows the recent figures of all of the user's repositories. */
export default function Overview() {
  const [{ days }, setFilters] = useFilters("days");
  const overview = useGet<Figures30>("/overview", { params: { days: days || "7" }, every: 30_000 });
  return (
    <>
      <PageTitle title="Overview" text="Deliveries from and to the repositories on which you have a role.">
        <Choice
          label="Time"
          value={days || "7"}
          options={DAYS}
          onChange={(value) => setFilters({ days: value })}
        />
      </PageTitle>
      <Attention />
      <Loaded of={overview}>
        {(one) =>
          one.total === 0 ? (
            <>
              <LeftOut />
              <Empty title="No deliveries in this time">
                Start as a <Link to="/provider">provider</Link> or as a <Link to="/consumer">consumer</Link>,
                or find a service in the <Link to="/directory">directory</Link>.
              </Empty>
            </>
          ) : (
            <>
              <Figures
                of={[
                  ["Deliveries", one.total],
                  ["Accepted or confirmed", percent(one.successRate)],
                  ["Failed", one.failed],
                  ["In flight", one.inFlight],
                  ["Run to dispatch, median", duration(one.toDispatch.p50)],
                  ["Run to dispatch, p95", duration(one.toDispatch.p95)],
                  ["Dispatch to confirmation, median", duration(one.toConfirmation.p50)],
                ]}
              />
              <Section title="Deliveries over time">
                {one.by === "day" && <div className="muted">Days are those of UTC.</div>}
                <Suspense fallback={<ChartToCome />}>
                  <Bars
                    label="Deliveries over time"
                    rows={one.periods.map(({ period, succeeded, failed, inFlight }) => ({
                      period: one.by === "hour" ? hourOf(period) : period,
                      values: { Succeeded: succeeded, Failed: failed, "In flight": inFlight },
                    }))}
                  />
                </Suspense>
              </Section>
            </>
          )
        }
      </Loaded>
    </>
  );
}
