import { AlertIcon, CheckCircleFillIcon, CircleIcon } from "@primer/octicons-react";
import { Button } from "@primer/react";
import { useState } from "react";
import { Link } from "react-router";
import { useGet } from "../api/queries.ts";
import type { Attention as Found } from "../api/types.ts";
import { useSession } from "../sign-in/session.ts";
import { Section } from "../ui/heading.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Outward } from "../ui/outward.tsx";

type Item = Found["items"][number];
type Side = "provider" | "consumer";
type Step = Found["steps"]["provider"][number];

const many = (count: number, one: string): string => (count === 1 ? `1 ${one}` : `${count} ${one}s`);

/** Returns an item in words, and the page where it is acted on. */
function leadOf({ kind, side, repositoryId, fullName, count, subscriptionId }: Item, since: string) {
  const base = `/${side}/${repositoryId}`;
  const list = `${base}/${side === "provider" ? "deliveries" : "received"}`;
  switch (kind) {
    case "requested":
      return { text: `${many(count, "request")} for ${fullName} to decide`, to: `${base}/subscribers` };
    case "paused":
      return {
        text: `A connection of ${fullName} is paused`,
        to: `/connections?side=${side}&connection=${subscriptionId}`,
      };
    case "failed":
      return {
        text: `${count === 1 ? "1 delivery" : `${count} deliveries`} ${side === "provider" ? "of" : "to"} ${fullName} failed`,
        to: `${list}?status=Failed&from=${encodeURIComponent(since)}`,
      };
    case "blocked":
      return { text: `${many(count, "event")} of ${fullName} blocked`, to: `${base}/blocked` };
    case "webhook":
      return { text: `The webhook of ${fullName} has a problem`, to: base };
  }
}

/** Shows what needs attention, and how far the way to a first delivery is. */
export function Attention() {
  const found = useGet<Found>("/attention", { every: 30_000 });
  return (
    <Loaded of={found}>
      {({ items, since, complete, steps }) => (
        <>
          <Section title="Needs your attention">
            {items.length === 0 ? (
              <div className="muted">Nothing needs your attention.</div>
            ) : (
              <ul className="concerns">
                {items.map((item) => {
                  const { text, to } = leadOf(item, since);
                  return (
                    <li key={`${item.kind} ${item.side} ${item.repositoryId} ${item.subscriptionId}`}>
                      <AlertIcon /> <Link to={to}>{text}</Link>
                      {item.reason && <span className="muted"> {item.reason}</span>}
                    </li>
                  );
                })}
              </ul>
            )}
            {!complete && (
              <div className="muted">
                There is much to check: only the first repositories and their newest deliveries were.
              </div>
            )}
          </Section>
          <Checklists of={steps} />
        </>
      )}
    </Loaded>
  );
}

const HIDDEN = "zekt-checklists-hidden";

function Checklists({ of }: { of: Found["steps"] }) {
  const [isHidden, setHidden] = useState(() => localStorage.getItem(HIDDEN) === "yes");
  const open = (["provider", "consumer"] as const).filter((side) => of[side].some(({ done }) => !done));
  // A user who has completed one side needs no checklist for the other.
  if (isHidden || open.length < 2) return null;
  return (
    <Section
      title="Get started"
      action={
        <Button
          variant="invisible"
          onClick={() => {
            localStorage.setItem(HIDDEN, "yes");
            setHidden(true);
          }}
        >
          Hide
        </Button>
      }
    >
      <div className="cards">
        {open.map((side) => (
          <Checklist key={side} side={side} steps={of[side]} />
        ))}
      </div>
    </Section>
  );
}

const WORDS: Record<Side, Partial<Record<Step["step"], readonly [text: string, to: string]>>> = {
  provider: {
    enable: ["Enable a repository as a provider", "/provider"],
    whitelist: ["Whitelist a workflow", "/provider"],
    offer: ["Publish a service", "/provider"],
    approve: ["Approve a consumer", "/provider"],
    deliver: ["Deliver the first event", "/provider/deliveries"],
  },
  consumer: {
    enable: ["Enable a repository as a consumer", "/consumer"],
    request: ["Request a service", "/directory"],
    approve: ["Get the provider's approval", "/consumer/subscriptions"],
    deliver: ["Receive the first event", "/consumer"],
  },
};

function Checklist({ side, steps }: { side: Side; steps: readonly Step[] }) {
  const { github } = useSession();
  return (
    <div className="card form">
      <strong>{side === "provider" ? "Offer your events" : "Receive events"}</strong>
      <ol className="steps">
        {steps.map(({ step, done }) => {
          const [text, to] = WORDS[side][step] ?? ["Install the App on a repository", ""];
          return (
            <li key={step}>
              {done ? <CheckCircleFillIcon className="done" /> : <CircleIcon />}{" "}
              {done ? (
                <s>{text}</s>
              ) : step === "install" ? (
                <Outward href={github.installUrl}>{text}</Outward>
              ) : (
                <Link to={to}>{text}</Link>
              )}
              <span className="visually-hidden">{done ? " (done)" : " (to do)"}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
