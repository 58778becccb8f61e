import { Button, Checkbox, FormControl } from "@primer/react";
import { useEffect, useState } from "react";
import { Link, useParams } from "react-router";
import { useChange, useGet, useList } from "../api/queries.ts";
import type { Offer, Repository, Subscription } from "../api/types.ts";
import { chosenOf, isWhole, useWhole } from "../api/use-whole.ts";
import { OfferTypes } from "../catalog/offer-types.tsx";
import { TrustBadge } from "../ui/badges.tsx";
import { Choice } from "../ui/choice.tsx";
import { Code } from "../ui/code.tsx";
import { Copyable, CopyButton } from "../ui/copy.tsx";
import { Field, listOf } from "../ui/field.tsx";
import { PageTitle, Section } from "../ui/heading.tsx";
import { Empty, Loaded, Problem } from "../ui/loaded.tsx";
import { Notice } from "../ui/notice.tsx";
import { useFilters } from "../ui/use-filters.ts";
import { EVERY_TYPE, serviceWords } from "../ui/words.ts";

/** A service: its name, a form to request it, and a workflow to copy that receives it. */
export default function OfferPage() {
  const { serviceId = "" } = useParams();
  const offer = useGet<Offer>(`/directory/${encodeURIComponent(serviceId)}`);
  return (
    <Loaded of={offer} head={<PageTitle title="Service" />}>
      {(one) => (
        <>
          <PageTitle title={serviceWords(one)} text={one.description}>
            <TrustBadge of={one.trust} />
          </PageTitle>
          <div>
            Its name in requests and zekt.yml: <Copyable text={one.name} name="the service's name" />
          </div>
          <div className="muted">
            {one.eventTypes.length === 0 ? "Every event type" : `Event types: ${one.eventTypes.join(", ")}`}
          </div>
          {one.shield === "required" && (
            <Notice
              variant="info"
              title="Its messages are encrypted to those who get them"
              description={
                <>
                  Register a key in your <Link to="/consumer">consumer repository</Link>, under Keys, before
                  you request it; until then no message can be sent to you.
                </>
              }
            />
          )}
          <OfferTypes of={one} />
          <Request of={one} />
        </>
      )}
    </Loaded>
  );
}

/** Requests the service, and shows the workflow that receives what was requested. */
function Request({ of }: { of: Offer }) {
  const [eventTypes, setEventTypes] = useState("");
  const [exact, setExact] = useState(false);
  return (
    <>
      <Ask of={of} eventTypes={eventTypes} onEventTypes={setEventTypes} exact={exact} onExact={setExact} />
      <Example serviceId={of.serviceId} eventTypes={listOf(eventTypes)} exact={exact} onExact={setExact} />
    </>
  );
}

interface AskProps {
  of: Offer;
  eventTypes: string;
  onEventTypes(text: string): void;
  /** True to start the workflow by workflow_dispatch. */
  exact: boolean;
  onExact(exact: boolean): void;
}

function Ask({ of, eventTypes, onEventTypes: setEventTypes, exact, onExact: setExact }: AskProps) {
  const repositories = useList<Repository>("/repositories", { params: { enabled: "consumer", limit: 100 } });
  useWhole(repositories);
  const [{ for: wanted }, setFilters] = useFilters("for");
  const [workflow, setWorkflow] = useState("");
  const ask = useChange<Subscription>();
  const mine = repositories.items.filter(({ right }) => right === "change");
  const isRead = isWhole(repositories);
  const chosen = chosenOf(mine, wanted, ({ repositoryId }) => repositoryId, isRead);
  if (repositories.error)
    return <Problem error={repositories.error} onRetry={() => repositories.refetch()} />;
  return (
    <Section title="Request its events">
      {isRead && mine.length === 0 ? (
        <Empty title="No consumer repository yet">
          <Link to="/consumer">Enable one of your repositories as a consumer</Link> first.
        </Empty>
      ) : (
        <div className="card form">
          {ask.error && <Problem error={ask.error} />}
          {ask.data && (
            <Notice
              variant="success"
              title={ask.data.status === "approved" ? "Approved" : "Requested. The provider decides next."}
              description={<Link to={`/consumer/${ask.data.repositoryId}`}>Its subscriptions</Link>}
            />
          )}
          <FormControl>
            <FormControl.Label>Delivers to</FormControl.Label>
            <Choice
              label="Delivers to"
              value={chosen?.repositoryId ?? ""}
              options={mine.map((one) => [one.repositoryId, one.fullName])}
              onChange={(value) => setFilters({ for: value })}
            />
          </FormControl>
          <Field label="Event types" caption={EVERY_TYPE} value={eventTypes} onChange={setEventTypes} />
          <Field
            label="Workflow"
            caption="The path of the workflow whose result counts. Empty: the first that confirms."
            value={workflow}
            onChange={setWorkflow}
          />
          <FormControl disabled={workflow === ""}>
            <Checkbox checked={exact} onChange={(event) => setExact(event.target.checked)} />
            <FormControl.Label>Start it by workflow_dispatch, so that GitHub names the run</FormControl.Label>
          </FormControl>
          <div>
            <Button
              variant="primary"
              disabled={!chosen}
              loading={ask.isPending}
              onClick={() =>
                ask.mutate({
                  method: "POST",
                  path: `/repositories/${chosen?.repositoryId}/subscriptions`,
                  body: {
                    service: of.serviceId,
                    eventTypes: listOf(eventTypes),
                    ...(workflow === "" ? {} : { workflow }),
                    ...(workflow !== "" && exact ? { start: "workflow_dispatch" } : {}),
                  },
                })
              }
            >
              Request access
            </Button>
          </div>
        </div>
      )}
    </Section>
  );
}

interface ExampleProps {
  serviceId: string;
  eventTypes: readonly string[];
  exact: boolean;
  onExact(exact: boolean): void;
}

function Example({ serviceId, eventTypes, exact, onExact: setExact }: ExampleProps) {
  const [durable, setDurable] = useState(false);
  const wanted = useSettled(eventTypes.join(","));
  const example = useGet<{ path: string; text: string }>(`/directory/${serviceId}/example-workflow`, {
    params: { durable, start: exact ? "workflow_dispatch" : "repository_dispatch", eventTypes: wanted },
  });
  return (
    <Section title="A workflow that receives it">
      <FormControl>
        <Checkbox checked={durable} onChange={(event) => setDurable(event.target.checked)} />
        <FormControl.Label>With confirm and complete, for durable delivery</FormControl.Label>
      </FormControl>
      <FormControl>
        <Checkbox checked={exact} onChange={(event) => setExact(event.target.checked)} />
        <FormControl.Label>Started by workflow_dispatch, so that GitHub names the run</FormControl.Label>
      </FormControl>
      <Loaded of={example}>
        {({ path, text }) => (
          <>
            <div className="spread">
              <span className="mono">{path}</span>
              <CopyButton text={text} name="the workflow" />
            </div>
            <Code text={text} label="The workflow's file" />
          </>
        )}
      </Loaded>
    </Section>
  );
}

/** Returns a text once nobody has changed it for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 300);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
