import { Button, Label } from "@primer/react";
import { useChange } from "../api/queries.ts";
import type { Subscription } from "../api/types.ts";
import { Ago, AnswerBadge, TrustBadge } from "../ui/badges.tsx";
import { Problem } from "../ui/loaded.tsx";
import { type Column, Rows } from "../ui/rows.tsx";
import { serviceWords } from "../ui/words.ts";

interface Props {
  side: "provider" | "consumer";
  items: readonly Subscription[];
  canChange: boolean;
  onOpen?: (one: Subscription) => void;
  more?: { has: boolean; loading: boolean; load(): void };
}

/** Subscriptions of one side: providers answer them here, consumers open one to change it. */
export function SubscriptionRows({ side, items, canChange, onOpen, more }: Props) {
  const change = useChange();
  const answer = (one: Subscription, verb: string): void =>
    change.mutate({ method: "POST", path: `/subscriptions/${one.subscriptionId}/${verb}` });
  const testPath = (one: Subscription): string => `/subscriptions/${one.subscriptionId}/test-event`;
  const test = (one: Subscription): void => change.mutate({ method: "POST", path: testPath(one), body: {} });
  const isTesting = (one: Subscription): boolean =>
    change.isPending && change.variables.path === testPath(one);
  const service = (one: Subscription): string => serviceWords(one.service);
  const columns: Column<Subscription>[] = [
    side === "provider"
      ? { name: "Consumer", width: "minmax(0, 2fr)", cell: (one) => one.repository ?? one.repositoryId }
      : { name: "Service", width: "minmax(0, 2fr)", cell: service },
    { name: "Status", width: "8rem", cell: ({ status }) => <AnswerBadge of={status} /> },
    side === "provider"
      ? { name: "Service", width: "minmax(0, 1fr)", minor: true, cell: service }
      : {
          name: "Delivers to",
          width: "minmax(0, 2fr)",
          cell: (one) => <Label variant="attention">{one.repository}</Label>,
        },
    {
      name: "Event types",
      width: "minmax(0, 1fr)",
      minor: true,
      cell: ({ eventTypes }) => (eventTypes.length === 0 ? "every type" : eventTypes.join(", ")),
    },
    {
      name: "Delivery",
      width: "7rem",
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
                  <Button size="small" disabled={!canChange} onClick={() => answer(one, "approve")}>
                    Approve
                  </Button>
                )}
                {one.status === "requested" && (
                  <Button
                    size="small"
                    variant="danger"
                    disabled={!canChange}
                    onClick={() => answer(one, "deny")}
                  >
                    Deny
                  </Button>
                )}
                {one.status === "approved" && (
                  <Button size="small" loading={isTesting(one)} onClick={() => test(one)}>
                    Send a test
                  </Button>
                )}
                {one.status === "approved" && (
                  <Button
                    size="small"
                    variant="danger"
                    disabled={!canChange}
                    onClick={() => answer(one, "revoke")}
                  >
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
