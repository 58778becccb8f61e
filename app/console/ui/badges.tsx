import { Label, RelativeTime } from "@primer/react";
import type { Connection, Delivery, Repository, Subscription } from "../api/types.ts";
import { percent } from "./times.ts";

const STATUS: Record<Delivery["status"], "secondary" | "accent" | "attention" | "success" | "danger"> = {
  Pending: "secondary",
  Dispatched: "accent",
  Confirmed: "attention",
  Completed: "success",
  Failed: "danger",
};

export const StatusBadge = ({ of }: { of: Delivery }) => (
  <Label variant={STATUS[of.status]}>{of.next?.paused ? `${of.status}, paused` : of.status}</Label>
);

const HEALTH = { healthy: "success", warning: "attention", critical: "danger" } as const;
const HEALTH_NAME = { healthy: "Healthy", warning: "Warning", critical: "Critical" } as const;

/** Returns whether all that is known of a connection's successes is that GitHub accepted them. */
const isUntracked = ({ dispatched, confirmed, completed }: Connection["last7Days"]): boolean =>
  dispatched > 0 && confirmed + completed === 0;

const UNTRACKED =
  "GitHub accepted the dispatches. Whether a workflow ran is not tracked with default delivery.";

/** The health of a connection; where no run is tracked it says only that GitHub accepted the dispatches. */
export const HealthPill = ({ of }: { of: Pick<Connection, "health" | "reason" | "last7Days"> }) => {
  const isAccepted = of.health === "healthy" && isUntracked(of.last7Days);
  return (
    <Label variant={isAccepted ? "accent" : HEALTH[of.health]} title={isAccepted ? UNTRACKED : of.reason}>
      {isAccepted ? "Accepted" : HEALTH_NAME[of.health]}
    </Label>
  );
};

/** A success rate, which says where it means no more than that GitHub accepted the dispatches. */
export const SuccessRate = ({ of }: { of: Connection["last7Days"] }) =>
  isUntracked(of) ? (
    <span title={UNTRACKED}>{percent(of.successRate)} accepted</span>
  ) : (
    percent(of.successRate)
  );

const TRUST = {
  personal: "Personal",
  organization: "Organization",
  "verified-organization": "Verified",
} as const;

export const TrustBadge = ({ of }: { of: Repository["owner"]["trust"] | null }) =>
  of && <Label variant={of === "verified-organization" ? "success" : "secondary"}>{TRUST[of]}</Label>;

const ANSWER = { requested: "attention", approved: "success", denied: "danger", revoked: "danger" } as const;

export const AnswerBadge = ({ of }: { of: Subscription["status"] }) => (
  <Label variant={ANSWER[of]}>{of}</Label>
);

/** A moment, as long ago; a dash where there is none. */
export const Ago = ({ at }: { at: string | null | undefined }) =>
  at ? (
    <RelativeTime date={new Date(at)} noTitle={false} format="relative" />
  ) : (
    <span title="not yet">—</span>
  );
