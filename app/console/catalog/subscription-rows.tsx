import { Button, Label } from "@primer/react";
import { useAct, useChange } from "../api/queries.ts";
import type { Subscription } from "../api/types.ts";
import { Ago, AnswerBadge, TrustBadge } from "../ui/badges.tsx";
import { useFeedback } from "../ui/feedback.tsx";
import { Problem } from "../ui/loaded.tsx";
import { type Column, Rows } from "../ui/rows.tsx";
import { serviceWords } from "../ui/words.ts";

interface Props {
  side: "provider" | "consumer";
  items: readonly Subscription[];
  canChange: boolean;
  /** Revoking is possible even where a file manages the repository. */
  canRevoke?: boolean;
  onOpen?: (one: Subscription) => void;
  more?: { has: boolean; loading: boolean; load(): void };
}

/** Subscriptions of one side: providers answer them here, consumers open one to change it. */
export function SubscriptionRows({ side, items, canChange, canRevoke = canChange, onOpen, more }: Props) {
  const act = useAct();
  const { ask, say } = useFeedback();
  const change = useChange(() => say({ text: "A test event was sent." }));
  const answer = (one: Subscription, verb: string) =>
    act({ method: "POST", path: `/subscriptions/${one.subscriptionId}/${verb}` });
  const approve = useChange<Subscription>((one) =>
    say({ text: `${one.repository ?? one.repositoryId} is approved and receives events from now on.` }),
  );
  const approvePath = (one: Subscription): string => `/subscriptions/${one.subscriptionId}/approve`;
  const deny = (one: Subscription): void =>
    ask({
      title: "Deny this request?",
      text: `${one.repository} gets no events of ${service(one)}, and its people see that the request was denied. You can approve it later.`,
      action: "Deny",
      danger: true,
      run: () => answer(one, "deny"),
      done: `The request of ${one.repository} is denied.`,
      undo: () => answer(one, "approve"),
    });
  const revoke = (one: Subscription): void =>
    ask({
      title: "Revoke this approval?",
      text: `${one.repository} receives no more events of ${service(one)}. Events that are not dispatched yet are cancelled, and stay so if you approve it again.`,
      action: "Revoke",
      danger: true,
      run: () => answer(one, "revoke"),
      done: `The approval of ${one.repository} is revoked.`,
      undo: canChange ? () => answer(one, "approve") : undefined,
    });
  const testPath = (one: Subscription): string => `/subscriptions/${one.subscriptionId}/test-event`;
  const test = (one: Subscription): void => change.mutate({ method: "POST", path: testPath(one), body: {} });
  const isTesting = (one: Subscription): boolean =>
    change.isPending && change.variables.path === testPath(one);
  const service = (one: Subscription): string => serviceWords(one.service);
  const columns: Column<Subscription>[] = [
    side === "provider"
      ? { name: "Consumer", width: "minmax(0, 1.4fr)", cell: (one) => one.repository ?? one.repositoryId }
      : { name: "Service", width: "minmax(0, 2fr)", cell: service },
    { name: "Status", width: "8rem", cell: ({ status }) => <AnswerBadge of={status} /> },
    side === "provider"
      ? { name: "Service", width: "minmax(0, 1.6fr)", cell: service }
      : {
          name: "Delivers to",
          width: "minmax(0, 2fr)",
          cell: (one) => <Label variant="attention">{one.repository}</Label>,
        },
    {
      name: "Event types",
      width: "minmax(0, 1.3fr)",
      cell: ({ eventTypes }) => (eventTypes.length === 0 ? "every type" : eventTypes.join(", ")),
    },
    {
      name: "Delivery",
      width: "6rem",
      cell: ({ durable }) => (durable ? <Label variant="success">durable</Label> : "default"),
    },
    { name: "Requested", width: "8rem", minor: true, cell: ({ requestedAt }) => <Ago at={requestedAt} /> },
    ...(side === "provider"
      ? [
          {
            name: "Owner",
            width: "7rem",
            minor: true,
            cell: (one: Subscription) => <TrustBadge of={one.trust} />,
          },
          {
            name: "Actions",
            width: "15rem",
            cell: (one: Subscription) => (
              <div className="bar">
                {one.status !== "approved" && (
                  <Button
                    size="small"
                    disabled={!canChange}
                    loading={approve.isPending && approve.variables.path === approvePath(one)}
                    onClick={() => approve.mutate({ method: "POST", path: approvePath(one) })}
                  >
                    Approve
                  </Button>
                )}
                {one.status === "requested" && (
                  <Button size="small" variant="danger" disabled={!canChange} onClick={() => deny(one)}>
                    Deny
                  </Button>
                )}
                {one.status === "approved" && (
                  <Button size="small" loading={isTesting(one)} onClick={() => test(one)}>
                    Send a test
                  </Button>
                )}
                {one.status === "approved" && (
                  <Button size="small" variant="danger" disabled={!canRevoke} onClick={() => revoke(one)}>
                    Revoke
                  </Button>
                )}
              </div>
            ),
          },
        ]
      : []),
  ];
  return (
    <>
      {change.error && <Problem error={change.error} />}
      {approve.error && <Problem error={approve.error} />}
      <Rows
        label="Subscriptions"
        columns={columns}
        items={items}
        keyOf={(one) => one.subscriptionId}
        onOpen={onOpen}
        {...(more ? { more } : {})}
      />
    </>
  );
}
