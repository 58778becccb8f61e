import { ToggleSwitch } from "@primer/react";
import { useAct, useChange } from "../api/queries.ts";
import type { Subscription } from "../api/types.ts";
import { useFeedback } from "../ui/feedback.tsx";
import { Problem } from "../ui/loaded.tsx";
import { serviceWords } from "../ui/words.ts";

/** Turns durable delivery of a subscription on and off; off can be undone with the settings it had. */
export function DurableSwitch({ of, canChange }: { of: Subscription; canChange: boolean }) {
  const act = useAct();
  const { say } = useFeedback();
  const change = useChange();
  const path = `/subscriptions/${of.subscriptionId}`;
  const { durable } = of;
  const id = `durable-${of.subscriptionId}`;
  const toggle = (): void =>
    change.mutate(
      { method: "PATCH", path, body: { durable: durable === null ? {} : null } },
      {
        onSuccess: () =>
          say(
            durable === null
              ? { text: "Durable delivery is on." }
              : {
                  text: "Durable delivery is off: each event is dispatched once.",
                  undo: () => act({ method: "PATCH", path, body: { durable } }),
                },
          ),
      },
    );
  return (
    <>
      <div className="spread">
        <strong id={id}>
          Durable Delivery<span className="visually-hidden"> of {serviceWords(of.service)}</span>
        </strong>
        <ToggleSwitch
          aria-labelledby={id}
          size="small"
          checked={durable !== null}
          disabled={!canChange}
          loading={change.isPending}
          onClick={toggle}
        />
      </div>
      {change.error && <Problem error={change.error} />}
    </>
  );
}
