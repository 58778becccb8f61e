import { Button } from "@primer/react";
import { type ReactNode, useEffect } from "react";
import { Link, useParams } from "react-router";
import { ApiError, address } from "../api/call.ts";
import { useGet, useText } from "../api/queries.ts";
import type { Delivery, Repository } from "../api/types.ts";
import { Attempts } from "../delivery/attempts.tsx";
import { Marks } from "../delivery/marks.tsx";
import { RunLink } from "../delivery/run-link.tsx";
import { Waterfall } from "../delivery/waterfall.tsx";
import { useReplayOne } from "../replay/use-replay-one.ts";
import { Copyable } from "../ui/copy.tsx";
import { PageTitle, Section } from "../ui/heading.tsx";
import { JsonTree } from "../ui/json-tree.tsx";
import { Loaded, Loading, Problem } from "../ui/loaded.tsx";
import { exact } from "../ui/times.ts";
import { failureWords, serviceWords, viaWords } from "../ui/words.ts";
import { zone } from "../ui/zone.ts";

/** The interval at which a delivery under way refreshes without a live stream, in milliseconds. */
const LIVE = 5_000;

/** A delivery: whose it is, its way over time, each attempt, and its payload. */
export default function DeliveryPage() {
  const { deliveryId = "" } = useParams();
  const delivery = useGet<Delivery>(`/deliveries/${encodeURIComponent(deliveryId)}`, {
    every: (one) => (one?.isFinalized ? undefined : LIVE),
  });
  return (
    <Loaded of={delivery} head={<PageTitle title="Delivery" />}>
      {(one) => <Whole of={one} />}
    </Loaded>
  );
}

function Whole({ of }: { of: Delivery }) {
  const { repositoryId, fullName } = of.consumer;
  const isConsumers = of.sides.includes("consumer");
  const consumer = useGet<Repository>(`/repositories/${repositoryId}`, { enabled: isConsumers });
  const replay = useReplayOne();
  const path = `/deliveries/${encodeURIComponent(of.deliveryId)}`;
  const mayReplay = !isConsumers || consumer.data?.right === "change";
  // A page that was loaded anew begins at its top.
  useEffect(() => {
    window.scrollTo(0, 0);
  }, []);
  return (
    <>
      <div className="muted">
        {isConsumers ? (
          <Link to={`/consumer/${repositoryId}/received`}>Received events of {fullName}</Link>
        ) : (
          <Link to="/provider/deliveries">Delivery Status</Link>
        )}
      </div>
      <PageTitle title={of.eventType} part="Delivery" text={`Delivery, with times in ${zone(of.createdAt)}`}>
        <Marks of={of} />
        {mayReplay && (
          <Button disabled={!of.isFinalized} onClick={() => replay(of)}>
            Replay
          </Button>
        )}
      </PageTitle>
      {of.failure && <strong className="card">{failureWords(of.failure)}</strong>}
      <Facts of={of} />
      <Section title="Timeline">
        <Waterfall of={of} />
      </Section>
      <Section title="Attempts">
        <Attempts of={of} />
      </Section>
      <Section title="Payload">
        {of.hasMessage ? (
          <>
            {of.shielded && (
              <div className="muted">
                The message is encrypted. Only runs of the consumer that hold one of its keys can read it.
              </div>
            )}
            <Payload path={`${path}/payload`} deliveryId={of.deliveryId} />
          </>
        ) : (
          <div className="muted">
            The run sent no message. The request of an attempt shows everything that was dispatched.
          </div>
        )}
      </Section>
    </>
  );
}

function Facts({ of }: { of: Delivery }) {
  const { service, consumer, providerRun, owners, ambiguousRuns, replayOf, replayedBy, causedBy } = of;
  /** The run that GitHub named in its answer, before it is known to have taken the delivery on. */
  const named = of.attempts.findLast(({ run }) => run !== null)?.run;
  const momentOf = (at: string | null): string => (at ? exact(at) : of.isFinalized ? "—" : "not yet");
  const rows: [name: string, value: ReactNode][] = [
    ["Service", <Copyable key="service" text={service.name} name="the service's name" />],
    ["Provider", serviceWords(service).replace(/\/[^/]*$/, "")],
    ["Provider's run", of.isTest ? "none: this is a test" : <RunLink key="provider" of={providerRun} />],
    ["Consumer", consumer.fullName ?? consumer.repositoryId],
    [
      "Consumer's run",
      owners.length === 0 ? (
        named ? (
          <RunLink key="named" of={named} />
        ) : (
          "not known"
        )
      ) : (
        <span key="consumer" className="form tight">
          {owners.map((owner) => (
            <span key={owner.runId} className="prose">
              <RunLink of={owner} />, {owner.workflow}: {owner.conclusion ?? "in progress"} (
              {viaWords(owner.via)})
            </span>
          ))}
        </span>
      ),
    ],
    ["Correlation id", <Copyable key="correlation" text={of.correlationId} name="the correlation id" />],
    ["Delivery id", <Copyable key="delivery" text={of.deliveryId} name="the delivery id" />],
    ["Created", exact(of.createdAt)],
    ["Dispatched", momentOf(of.dispatchedAt)],
    ["Confirmed", momentOf(of.confirmedAt)],
    ["Completed", momentOf(of.completedAt)],
  ];
  if (ambiguousRuns.length > 0) rows.push(["Runs that may be this one's", ambiguousRuns.join(", ")]);
  if (replayOf) rows.push(["Replay of", <Another key="of" id={replayOf} />]);
  if (replayedBy) rows.push(["Replayed as", <Another key="by" id={replayedBy} />]);
  if (causedBy) rows.push(["Caused by", <Another key="cause" id={causedBy} />]);
  return (
    <dl className="facts card">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt className="muted">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const Another = ({ id }: { id: string }) => (
  <Link className="mono" to={`/deliveries/${id}`}>
    {id}
  </Link>
);

function Payload({ path, deliveryId }: { path: string; deliveryId: string }) {
  const payload = useText(path);
  const { error } = payload;
  // None, or none any more, is an answer like another.
  if (error instanceof ApiError && [403, 404, 410].includes(error.status))
    return <div className="muted">{error.message}</div>;
  if (error) return <Problem error={error} onRetry={() => payload.refetch()} />;
  if (payload.data === undefined) return <Loading />;
  return (
    <JsonTree text={payload.data} name="payload" download={address(path)} fileName={`${deliveryId}.json`} />
  );
}
