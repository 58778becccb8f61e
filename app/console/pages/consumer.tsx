import { Button } from "@primer/react";
import { Link, useParams } from "react-router";
import { useGet, useList } from "../api/queries.ts";
import type { Repository, Subscription } from "../api/types.ts";
import { useWhole } from "../api/use-whole.ts";
import { ManagedByFile } from "../catalog/managed-by-file.tsx";
import { NotEnabled } from "../catalog/not-enabled.tsx";
import { ShieldKeys } from "../catalog/shield-keys.tsx";
import { SubscriptionPanel } from "../catalog/subscription-panel.tsx";
import { SubscriptionRows } from "../catalog/subscription-rows.tsx";
import { TrackingSwitch } from "../catalog/tracking-switch.tsx";
import { DeliveryList } from "../delivery/delivery-list.tsx";
import { AuditList } from "../insight/audit-list.tsx";
import { NotificationSettings } from "../notices/notification-settings.tsx";
import { PageTitle } from "../ui/heading.tsx";
import { Empty, Loaded, Loading, Problem } from "../ui/loaded.tsx";
import { partOf, Tabs } from "../ui/tabs.tsx";
import { useFilters } from "../ui/use-filters.ts";
import NotFound from "./not-found.tsx";

const TABS = [
  ["subscriptions", "Subscriptions"],
  ["received", "Received events"],
  ["keys", "Keys"],
] as const;

/** Tabs for those who may change the repository. */
const MANAGED = [
  ["notifications", "Notifications"],
  ["audit", "Audit trail"],
] as const;

/** A consumer's repository: what it subscribed to, and what it received. */
export default function Consumer() {
  const { repositoryId = "", tab = "subscriptions" } = useParams();
  const repository = useGet<Repository>(`/repositories/${encodeURIComponent(repositoryId)}`);
  const part = partOf([...TABS, ...MANAGED], tab);
  if (!part) return <NotFound />;
  return (
    <Loaded of={repository} head={<PageTitle title="Consumer" />}>
      {(one) => (
        <>
          <PageTitle title={one.fullName} part={part} text="Consumer">
            <span>Completion tracking</span>
            <TrackingSwitch of={one} />
          </PageTitle>
          <ManagedByFile of={one} />
          <NotEnabled side="consumer" of={one} />
          <Tabs
            label="Consumer"
            base={`/consumer/${repositoryId}`}
            current={tab}
            tabs={[...TABS, ...(one.right === "change" ? MANAGED : [])]}
          />
          {tab === "subscriptions" && <Subscriptions of={one} />}
          {tab === "keys" && <ShieldKeys of={one} />}
          {tab === "notifications" && <NotificationSettings repositoryId={repositoryId} />}
          {tab === "audit" && (
            <AuditList path={`/repositories/${repositoryId}/audit`} name={one.fullName.replace("/", "-")} />
          )}
          {tab === "received" && (
            <DeliveryList repositoryId={repositoryId} side="consumer" canReplay={one.right === "change"} />
          )}
        </>
      )}
    </Loaded>
  );
}

function Subscriptions({ of }: { of: Repository }) {
  const [{ subscription }, setFilters] = useFilters("subscription");
  const subscriptions = useList<Subscription>(`/repositories/${of.repositoryId}/subscriptions`, {
    every: 15_000,
  });
  const opened = subscriptions.items.find(({ subscriptionId }) => subscriptionId === subscription);
  // The one in the address may be on a page that was not scrolled to.
  useWhole(subscriptions, subscription !== "" && !opened);
  const problem = subscriptions.error && (
    <Problem error={subscriptions.error} onRetry={() => subscriptions.refetch()} />
  );
  // A list that cannot be read anew takes nothing away from what is typed in the panel.
  if (!subscriptions.data) return problem ?? <Loading />;
  return (
    <>
      {problem}
      <div className="bar">
        <span className="grow" />
        <Button as={Link} to={`/directory?for=${of.repositoryId}`} variant="primary">
          Find a service
        </Button>
      </div>
      {subscriptions.items.length === 0 ? (
        <Empty title="No subscriptions yet">
          Find a service in the directory and request its events. Its provider approves or denies the request.
        </Empty>
      ) : (
        <SubscriptionRows
          side="consumer"
          items={subscriptions.items}
          canChange={of.right === "change" && of.managedBy === null}
          onOpen={(one) => setFilters({ subscription: one.subscriptionId })}
          more={{
            has: subscriptions.hasNextPage,
            loading: subscriptions.isFetchingNextPage,
            load: subscriptions.fetchNextPage,
          }}
        />
      )}
      {opened && (
        <SubscriptionPanel
          of={opened}
          canChange={of.right === "change" && of.managedBy === null}
          onClose={() => setFilters({ subscription: "" })}
        />
      )}
    </>
  );
}
