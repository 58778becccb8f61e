import { Label } from "@primer/react";
import { Link } from "react-router";
import { useList } from "../api/queries.ts";
import type { Offer } from "../api/types.ts";
import { TrustBadge } from "../ui/badges.tsx";
import { Choice } from "../ui/choice.tsx";
import { PageTitle } from "../ui/heading.tsx";
import { Empty, Loading, Problem } from "../ui/loaded.tsx";
import { Search } from "../ui/search.tsx";
import { useFilters } from "../ui/use-filters.ts";
import { serviceWords } from "../ui/words.ts";

const VISIBILITIES = [
  ["", "Public and my organizations'"],
  ["public", "Public"],
  ["organization", "My organizations'"],
] as const;

/** Services that one may ask for. */
export default function Directory() {
  const [filters, setFilters] = useFilters("text", "provider", "tag", "visibility", "for");
  const { for: consumer, ...params } = filters;
  const offers = useList<Offer>("/directory", { params });
  const filtered = Object.values(params).some(Boolean);
  return (
    <>
      <PageTitle title="Directory" text="Services whose events you can request.">
        <Search label="Find a service" value={filters.text} onChange={(text) => setFilters({ text })} />
        <Search label="Provider" value={filters.provider} onChange={(provider) => setFilters({ provider })} />
        <Search label="Tag" value={filters.tag} onChange={(tag) => setFilters({ tag })} />
        <Choice
          label="Seen by"
          value={filters.visibility}
          options={VISIBILITIES}
          onChange={(visibility) => setFilters({ visibility })}
        />
      </PageTitle>
      {offers.error && <Problem error={offers.error} onRetry={() => offers.refetch()} />}
      {offers.isPending && <Loading />}
      {offers.data && offers.items.length === 0 && (
        <Empty title={filtered ? "No service matches" : "No services yet"}>
          {filtered
            ? "Remove a filter to see more."
            : "A service is listed here once its provider publishes it as Public, or as Organization for repositories of the same owner. Services that are Private are never listed: their consumers need the name."}
        </Empty>
      )}
      <div className="cards">
        {offers.items.map((one) => (
          <article className="card form" key={one.serviceId}>
            <div className="spread">
              <Link className="open" to={`/directory/${one.serviceId}${consumer ? `?for=${consumer}` : ""}`}>
                <strong>{serviceWords(one)}</strong>
              </Link>
              <TrustBadge of={one.trust} />
            </div>
            <div>{one.description || <span className="muted">No description</span>}</div>
            <div className="bar">
              {one.tags.map((tag) => (
                <button type="button" className="open" key={tag} onClick={() => setFilters({ tag })}>
                  <Label>{tag}</Label>
                </button>
              ))}
            </div>
          </article>
        ))}
      </div>
      {offers.hasNextPage && (
        <button type="button" className="open" onClick={() => offers.fetchNextPage()}>
          More
        </button>
      )}
    </>
  );
}
