import { ToggleSwitch } from "@primer/react";
import { useParams } from "react-router";
import { useAct, useChange, useGet, useList } from "../api/queries.ts";
import type { Page, Repository, Subscription, Workflow } from "../api/types.ts";
import { ManagedByFile } from "../catalog/managed-by-file.tsx";
import { NotEnabled } from "../catalog/not-enabled.tsx";
import { ServiceList } from "../catalog/service-list.tsx";
import { SubscriptionRows } from "../catalog/subscription-rows.tsx";
import { Blocked } from "../delivery/blocked.tsx";
import { DeliveryList } from "../delivery/delivery-list.tsx";
import { AuditList } from "../insight/audit-list.tsx";
import { NotificationSettings } from "../notices/notification-settings.tsx";
import { TrustBadge } from "../ui/badges.tsx";
import { useFeedback } from "../ui/feedback.tsx";
import { PageTitle, Section } from "../ui/heading.tsx";
import { Empty, Loaded, Loading, Problem } from "../ui/loaded.tsx";
import { Notice } from "../ui/notice.tsx";
import { Rows } from "../ui/rows.tsx";
import { partOf, Tabs } from "../ui/tabs.tsx";
import NotFound from "./not-found.tsx";

const TABS = [
  ["workflows", "Workflows"],
  ["services", "Services"],
  ["subscribers", "Subscribers"],
  ["deliveries", "Delivery Status"],
  ["blocked", "Blocked events"],
] as const;

/** Tabs for those who may change the repository. */
const MANAGED = [
  ["notifications", "Notifications"],
  ["audit", "Audit trail"],
] as const;

/** A provider's repository: what leaves it, to whom, and how that went. */
export default function Provider() {
  const { repositoryId = "", tab = "workflows" } = useParams();
  const repository = useGet<Repository>(`/repositories/${encodeURIComponent(repositoryId)}`);
  const part = partOf([...TABS, ...MANAGED], tab);
  if (!part) return <NotFound />;
  return (
    <Loaded of={repository} head={<PageTitle title="Provider" />}>
      {(one) => (
        <>
          <PageTitle title={one.fullName} part={part} text="Provider">
            <TrustBadge of={one.owner.trust} />
          </PageTitle>
          <ManagedByFile of={one} />
          {one.webhookProblem && (
            <Notice
              variant="warning"
              title="Something is wrong with its webhook"
              description={one.webhookProblem}
            />
          )}
          <NotEnabled side="provider" of={one} />
          <Tabs
            label="Provider"
            base={`/provider/${repositoryId}`}
            current={tab}
            tabs={[...TABS, ...(one.right === "change" ? MANAGED : [])]}
          />
          {tab === "workflows" && <Workflows of={one} />}
          {tab === "services" && <ServiceList of={one} />}
          {tab === "subscribers" && <Subscribers of={one} />}
          {tab === "deliveries" && (
            <DeliveryList repositoryId={repositoryId} side="provider" canReplay={one.right === "change"} />
          )}
          {tab === "notifications" && <NotificationSettings repositoryId={repositoryId} />}
          {tab === "audit" && (
            <AuditList path={`/repositories/${repositoryId}/audit`} name={one.fullName.replace("/", "-")} />
          )}
          {tab === "blocked" && <Blocked repositoryId={repositoryId} />}
        </>
      )}
    </Loaded>
  );
}

interface Counted extends Page<Workflow> {
  whitelisted: number;
  total: number;
}

function Workflows({ of }: { of: Repository }) {
  const workflows = useList<Workflow, Counted>(`/repositories/${of.repositoryId}/workflows`, {
    params: { limit: 100 },
  });
  const act = useAct();
  const { ask, say } = useFeedback();
  const change = useChange();
  const place = (path: string): string =>
    `/repositories/${of.repositoryId}/workflows/${encodeURIComponent(path)}`;
  const set = ({ path, whitelisted }: Workflow): void => {
    if (!whitelisted) {
      change.mutate(
        { method: "PUT", path: place(path) },
        {
          onSuccess: () =>
            say({ text: `${path} is whitelisted. Its runs can now be announced by its services.` }),
        },
      );
      return;
    }
    ask({
      title: "Block this workflow?",
      text: (
        <>
          Runs of <span className="mono">{path}</span> no longer leave {of.fullName}. Its services stay, and
          their subscribers receive nothing until you whitelist it again.
        </>
      ),
      action: "Block",
      danger: true,
      run: () => act({ method: "DELETE", path: place(path) }),
      done: `${path} is blocked.`,
      undo: () => act({ method: "PUT", path: place(path) }),
    });
  };
  return (
    <Loaded of={workflows}>
      {({ pages: [first] }) => (
        <Section title={`Workflows: ${first?.whitelisted ?? 0} of ${first?.total ?? 0} whitelisted`}>
          {change.error && <Problem error={change.error} />}
          {workflows.items.length === 0 ? (
            <Empty title="No workflows">
              Commit one under .github/workflows, and it can be whitelisted here.
            </Empty>
          ) : (
            <Rows
              label="Workflows"
              items={workflows.items}
              more={{
                has: workflows.hasNextPage,
                loading: workflows.isFetchingNextPage,
                load: workflows.fetchNextPage,
              }}
              keyOf={({ path }) => path}
              columns={[
                {
                  name: "Workflow",
                  width: "minmax(0, 1fr)",
                  cell: ({ path }) => <span className="mono">{path}</span>,
                },
                {
                  name: "On the default branch",
                  width: "10rem",
                  minor: true,
                  cell: ({ exists }) => (exists ? "yes" : "not there any more"),
                },
                {
                  name: "Whitelisted",
                  width: "8rem",
                  cell: (one) => (
                    <>
                      <span id={one.path} hidden>
                        Whitelist {one.path}
                      </span>
                      <ToggleSwitch
                        size="small"
                        aria-labelledby={one.path}
                        checked={one.whitelisted}
                        loading={
                          change.isPending &&
                          change.variables?.path.endsWith(encodeURIComponent(one.path)) === true
                        }
                        disabled={of.right !== "change" || of.managedBy !== null}
                        onClick={() => set(one)}
                      />
                    </>
                  ),
                },
              ]}
            />
          )}
        </Section>
      )}
    </Loaded>
  );
}

function Subscribers({ of }: { of: Repository }) {
  const subscribers = useList<Subscription>(`/repositories/${of.repositoryId}/subscribers`);
  if (subscribers.error) return <Problem error={subscribers.error} onRetry={() => subscribers.refetch()} />;
  if (!subscribers.data) return <Loading />;
  if (subscribers.items.length === 0) {
    return (
      <Empty title="No requests yet">
        Publish a service: it is listed in the directory, and requests for it appear here for you to approve
        or deny.
      </Empty>
    );
  }
  return (
    <SubscriptionRows
      side="provider"
      items={subscribers.items}
      canChange={of.right === "change" && of.managedBy === null}
      canRevoke={of.right === "change"}
      more={{
        has: subscribers.hasNextPage,
        loading: subscribers.isFetchingNextPage,
        load: subscribers.fetchNextPage,
      }}
    />
  );
}
