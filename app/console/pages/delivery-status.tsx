import { Link } from "react-router";
import { useList } from "../api/queries.ts";
import type { Repository } from "../api/types.ts";
import { chosenOf, isWhole, useWhole } from "../api/use-whole.ts";
import { DeliveryList } from "../delivery/delivery-list.tsx";
import { LeftOut } from "../installations/left-out.tsx";
import { Choice } from "../ui/choice.tsx";
import { PageTitle } from "../ui/heading.tsx";
import { Empty, Problem, Skeleton } from "../ui/loaded.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { useFilters } from "../ui/use-filters.ts";
import { SIDE_TABS } from "./side-tabs.ts";

/** Deliveries of a provider's services, of whichever repository is chosen. */
export default function DeliveryStatus() {
  const [{ repository }, setFilters] = useFilters("repository");
  const repositories = useList<Repository>("/repositories", { params: { enabled: "provider", limit: 100 } });
  useWhole(repositories);
  const isRead = isWhole(repositories);
  const chosen = chosenOf(repositories.items, repository, ({ repositoryId }) => repositoryId, isRead);
  return (
    <>
      <PageTitle title="Delivery Status" text="Provider: the status of each event, for each consumer.">
        {repositories.items.length > 1 && (
          <Choice
            label="Repository"
            value={chosen?.repositoryId ?? ""}
            options={repositories.items.map((one) => [one.repositoryId, one.fullName])}
            onChange={(value) => setFilters({ repository: value })}
          />
        )}
      </PageTitle>
      <Tabs label="Provider" base="/provider" current="deliveries" tabs={SIDE_TABS.provider} />
      {repositories.error && <Problem error={repositories.error} onRetry={() => repositories.refetch()} />}
      {!chosen && !isRead && !repositories.error && <Skeleton />}
      {isRead && !chosen && <LeftOut />}
      {isRead && !chosen && (
        <Empty title="No provider repository yet">
          <Link to="/provider">Enable one of your repositories as a provider</Link> first.
        </Empty>
      )}
      {chosen && (
        <DeliveryList
          key={chosen.repositoryId}
          repositoryId={chosen.repositoryId}
          side="provider"
          canReplay={chosen.right === "change"}
        />
      )}
    </>
  );
}
