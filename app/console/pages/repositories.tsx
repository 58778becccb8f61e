import { Button, Label, ToggleSwitch } from "@primer/react";
import { Link } from "react-router";
import { useAct, useChange, useList } from "../api/queries.ts";
import type { Repository } from "../api/types.ts";
import { ManagedBy } from "../catalog/managed-by-file.tsx";
import { TrackingSwitch } from "../catalog/tracking-switch.tsx";
import { LeftOut } from "../installations/left-out.tsx";
import { useInstallations } from "../installations/use-installations.ts";
import { useSession } from "../sign-in/session.ts";
import { TrustBadge } from "../ui/badges.tsx";
import { useFeedback } from "../ui/feedback.tsx";
import { PageTitle, Section } from "../ui/heading.tsx";
import { Empty, Loaded, Loading, Problem } from "../ui/loaded.tsx";
import { Outward, webAddress } from "../ui/outward.tsx";
import { type Column, Rows } from "../ui/rows.tsx";
import { Search } from "../ui/search.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { useFilters } from "../ui/use-filters.ts";
import { SIDE_TABS } from "./side-tabs.ts";

type Side = "provider" | "consumer";

const TEXT: Record<Side, string> = {
  provider: "Provider: repositories whose workflow events can go to others.",
  consumer: "Consumer: repositories that receive the events of others.",
};

/** The repositories one has a role on, and what they are enabled for. */
export default function Repositories({ side }: { side: Side }) {
  const [{ text }, setFilters] = useFilters("text");
  const repositories = useList<Repository>("/repositories", { params: { text } });
  const { github } = useSession();
  const columns: Column<Repository>[] = [
    {
      name: "Repository",
      width: "minmax(0, 2fr)",
      cell: (one) => (
        <Link to={`/${side}/${one.repositoryId}`} className="open">
          {one.fullName}
        </Link>
      ),
    },
    { name: "Owner", width: "8rem", minor: true, cell: (one) => <TrustBadge of={one.owner.trust} /> },
    { name: "Managed by", width: "minmax(0, 1fr)", cell: (one) => <ManagedBy of={one} /> },
    { name: "Enabled", width: "8rem", cell: (one) => <Enabled side={side} of={one} /> },
    ...(side === "consumer"
      ? [{ name: "Completion", width: "8rem", cell: (one: Repository) => <TrackingSwitch of={one} /> }]
      : []),
  ];
  return (
    <>
      <PageTitle title="Zekt Repos" part={side === "provider" ? "Provider" : "Consumer"} text={TEXT[side]}>
        <Search label="Find a repository" value={text} onChange={(value) => setFilters({ text: value })} />
        {webAddress(github.installUrl) && (
          <Button as="a" href={github.installUrl}>
            Add repositories
          </Button>
        )}
      </PageTitle>
      <Tabs
        label={side === "provider" ? "Provider" : "Consumer"}
        base={`/${side}`}
        current=""
        tabs={SIDE_TABS[side]}
      />
      <LeftOut />
      {repositories.error && <Problem error={repositories.error} onRetry={() => repositories.refetch()} />}
      {repositories.isPending && <Loading />}
      {repositories.data && repositories.items.length === 0 && (
        <Empty
          title={text ? "No repository matches" : "No repositories yet"}
          {...(text ? {} : { action: { label: "Install the App", href: github.installUrl } })}
        >
          {text
            ? "Try a part of its name."
            : "Install the App on a repository on which you have the maintain or admin role, and it is listed here."}
        </Empty>
      )}
      {repositories.items.length > 0 && (
        <Rows
          label="Repositories"
          columns={columns}
          items={repositories.items}
          keyOf={(one) => one.repositoryId}
          more={{
            has: repositories.hasNextPage,
            loading: repositories.isFetchingNextPage,
            load: repositories.fetchNextPage,
          }}
        />
      )}
      <Installations />
    </>
  );
}

const OFF: Record<Side, string> = {
  provider:
    "No event leaves this repository, and its webhook is removed. Its services and subscribers stay, and receive nothing until you enable it again.",
  consumer:
    "Deliveries to this repository fail, also those under way. Its subscriptions stay, and work again once you enable it.",
};

/** Turns a repository's part as provider or consumer on and off. */
function Enabled({ side, of }: { side: Side; of: Repository }) {
  const { ask, say } = useFeedback();
  const act = useAct();
  const change = useChange<Repository>(() => say({ text: `${of.fullName} is enabled as a ${side}.` }));
  const label = `${of.fullName} as ${side}`;
  const toggle = (on: boolean) =>
    ({ method: "PATCH", path: `/repositories/${of.repositoryId}`, body: { [side]: on } }) as const;
  const turnOff = (): void =>
    ask({
      title: `Turn off ${of.fullName} as a ${side}?`,
      text: OFF[side],
      action: "Turn off",
      danger: true,
      run: () => act(toggle(false)),
      done: `${of.fullName} is no longer a ${side}.`,
      undo: () => act(toggle(true)),
    });
  return (
    <>
      <span id={`${side}-${of.repositoryId}`} hidden>
        {label}
      </span>
      <ToggleSwitch
        size="small"
        aria-labelledby={`${side}-${of.repositoryId}`}
        checked={of[side]}
        loading={change.isPending}
        disabled={of.right !== "change" || of.managedBy !== null || !of.reachable}
        onClick={() => (of[side] ? turnOff() : change.mutate(toggle(true)))}
      />
      {change.error && <Problem error={change.error} />}
    </>
  );
}

/** Where the App is installed, and where it is not or lacks a permission. */
function Installations() {
  const installations = useInstallations();
  return (
    <Section title="Owners">
      <Loaded of={installations}>
        {() => (
          <div className="cards">
            {installations.items.map((one) => (
              <div className="card form" key={one.ownerId}>
                <div className="spread">
                  <strong>{one.login}</strong>
                  <TrustBadge of={one.trust} />
                </div>
                <div>
                  {one.installation === "active"
                    ? "The App is installed"
                    : `The App is ${one.installation === "none" ? "not installed" : "suspended"}`}
                  {one.selection === "selected" && " on selected repositories"}
                </div>
                {one.missingPermissions.length > 0 && (
                  <div>
                    <Label variant="attention">missing: {one.missingPermissions.join(", ")}</Label>
                  </div>
                )}
                <Outward href={one.settingsUrl}>
                  {one.installation === "none" ? "Install it" : "Its settings on GitHub"}
                </Outward>
              </div>
            ))}
          </div>
        )}
      </Loaded>
    </Section>
  );
}
