import { Button, Label } from "@primer/react";
import { useList } from "../api/queries.ts";
import type { Repository, Service } from "../api/types.ts";
import { useWhole } from "../api/use-whole.ts";
import { Section } from "../ui/heading.tsx";
import { Empty, Loading, Problem } from "../ui/loaded.tsx";
import { Rows } from "../ui/rows.tsx";
import { useFilters } from "../ui/use-filters.ts";
import { visibilityWords } from "../ui/words.ts";
import { ServiceForm } from "./service-form.tsx";

/** Stands in the address for one that is to be made; no service can be called so. */
const NEW = "+";

/** Lists a repository's services, with a form beside to create and change them. */
export function ServiceList({ of }: { of: Repository }) {
  const services = useList<Service>(`/repositories/${of.repositoryId}/services`, { params: { limit: 100 } });
  const [{ service: edited }, setFilters] = useFilters("service");
  const setEdited = (service: string): void => setFilters({ service });
  const opened = services.items.find(({ slug }) => slug === edited) ?? null;
  // The one in the address may be on a page that was not scrolled to.
  useWhole(services, edited !== "" && edited !== NEW && !opened);
  const canChange = of.right === "change" && of.managedBy === null;
  const add = (
    <Button variant="primary" disabled={!canChange} onClick={() => setEdited(NEW)}>
      New service
    </Button>
  );
  const problem = services.error && <Problem error={services.error} onRetry={() => services.refetch()} />;
  // A list that cannot be read anew takes nothing away from what is typed in the form.
  if (!services.data) return problem ?? <Loading />;
  return (
    <Section title="Services" action={add}>
      {problem}
      {services.items.length === 0 ? (
        <Empty title="No services yet">
          A service offers the events of one whitelisted workflow, to everybody or to repositories of the same
          owner.
        </Empty>
      ) : (
        <Rows
          label="Services"
          items={services.items}
          keyOf={(one) => one.serviceId}
          more={{
            has: services.hasNextPage,
            loading: services.isFetchingNextPage,
            load: services.fetchNextPage,
          }}
          {...(canChange ? { onOpen: (one: Service) => setEdited(one.slug) } : {})}
          columns={[
            { name: "Service", width: "minmax(0, 1fr)", cell: ({ slug }) => slug },
            {
              name: "Workflow",
              width: "minmax(0, 2fr)",
              cell: ({ workflow }) => <span className="mono">{workflow}</span>,
            },
            {
              name: "Shown as",
              width: "minmax(0, 1fr)",
              minor: true,
              cell: ({ alias }) => alias ?? "its own name",
            },
            {
              name: "Seen by",
              width: "8rem",
              cell: ({ visibility }) => (visibility ? visibilityWords(visibility) : "—"),
            },
            {
              name: "Published",
              width: "7rem",
              cell: ({ published }) => (
                <Label variant={published ? "success" : "secondary"}>
                  {published ? "published" : "draft"}
                </Label>
              ),
            },
            {
              name: "Tags",
              width: "minmax(0, 1fr)",
              minor: true,
              cell: ({ tags }) => (tags ?? []).join(", "),
            },
          ]}
        />
      )}
      {canChange && edited !== "" && (opened || edited === NEW) && (
        <ServiceForm repositoryId={of.repositoryId} service={opened} onClose={() => setEdited("")} />
      )}
    </Section>
  );
}
