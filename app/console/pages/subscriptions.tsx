import { Button, Label } from "@primer/react";
import { useMemo } from "react";
import { Link } from "react-router";
import { useList } from "../api/queries.ts";
import type { Repository, Subscription } from "../api/types.ts";
import { useWhole } from "../api/use-whole.ts";
import { DurableSwitch } from "../catalog/durable-switch.tsx";
import { LeftOut } from "../installations/left-out.tsx";
import { AnswerBadge } from "../ui/badges.tsx";
import { CopyButton } from "../ui/copy.tsx";
import { PageTitle } from "../ui/heading.tsx";
import { Empty, Problem, Skeleton } from "../ui/loaded.tsx";
import { More } from "../ui/more.tsx";
import { Search } from "../ui/search.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { useFilters } from "../ui/use-filters.ts";
import { serviceWords } from "../ui/words.ts";
import { SIDE_TABS } from "./side-tabs.ts";

/** Every subscription of the user's repositories, each with where it delivers to and its durable toggle. */
export default function Subscriptions() {
  const [{ text }, setFilters] = useFilters("text");
  const subscriptions = useList<Subscription>("/subscriptions", {
    params: { side: "consumer", limit: 100 },
    every: 15_000,
  });
  const repositories = useList<Repository>("/repositories", { params: { enabled: "consumer", limit: 100 } });
  useWhole(repositories);
  const changeable = useMemo(
    () =>
      new Set(
        repositories.items
          .filter(({ right, managedBy }) => right === "change" && managedBy === null)
          .map(({ repositoryId }) => repositoryId),
      ),
    [repositories.items],
  );
  const wanted = text.toLowerCase();
  const shown = subscriptions.items.filter((one) =>
    `${serviceWords(one.service)} ${one.repository}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      <PageTitle title="Zekt Subscriptions" text="Consumer: services whose events your repositories receive.">
        <Search label="Find a subscription" value={text} onChange={(value) => setFilters({ text: value })} />
        <Button as={Link} to="/directory" variant="primary">
          Find a service
        </Button>
      </PageTitle>
      <Tabs label="Consumer" base="/consumer" current="subscriptions" tabs={SIDE_TABS.consumer} />
      {subscriptions.error && <Problem error={subscriptions.error} onRetry={() => subscriptions.refetch()} />}
      {subscriptions.isPending && <Skeleton />}
      {subscriptions.data && shown.length === 0 && <LeftOut />}
      {subscriptions.data && shown.length === 0 && (
        <Empty title={text ? "No subscription matches" : "No subscriptions yet"}>
          {text
            ? "Try a part of the service's or the repository's name."
            : "Find a service in the directory and request its events."}
        </Empty>
      )}
      <div className="cards">
        {shown.map((one) => (
          <article className="card form" key={one.subscriptionId}>
            <div className="spread">
              <span className="copyable">
                <Link
                  className="open"
                  to={`/consumer/${one.repositoryId}/subscriptions?subscription=${one.subscriptionId}`}
                >
                  <strong>{serviceWords(one.service)}</strong>
                </Link>
                {one.service && <CopyButton text={one.service.name} name="the service's name" />}
              </span>
              <AnswerBadge of={one.status} />
            </div>
            <div>Event types: {one.eventTypes.length === 0 ? "every type" : one.eventTypes.join(", ")}</div>
            <div>
              Delivers to: <Label variant="attention">{one.repository ?? one.repositoryId}</Label>
            </div>
            <DurableSwitch of={one} canChange={changeable.has(one.repositoryId)} />
          </article>
        ))}
      </div>
      {subscriptions.hasNextPage && (
        <More loading={subscriptions.isFetchingNextPage} load={subscriptions.fetchNextPage} />
      )}
    </>
  );
}
