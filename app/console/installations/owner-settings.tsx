import { Button, ToggleSwitch } from "@primer/react";
import { useState } from "react";
import { faultAt } from "../api/call.ts";
import { useAct, useChange, useGet } from "../api/queries.ts";
import type { Owner } from "../api/types.ts";
import { useFeedback } from "../ui/feedback.tsx";
import { Field } from "../ui/field.tsx";
import { Section } from "../ui/heading.tsx";
import { Loaded, Problem } from "../ui/loaded.tsx";
import { OwnerExportCard } from "./owner-export.tsx";

/** Shows the settings of an owner: whether deliveries may be replayed, and the price of an event. */
export function OwnerSettings({ ownerId }: { ownerId: string }) {
  const owner = useGet<Owner>(`/owners/${ownerId}`);
  return (
    <Section title="Owner's settings">
      <Loaded of={owner}>
        {(one) => (
          <div className="cards">
            <Replays of={one} />
            <Cost key={JSON.stringify(one.cost)} of={one} />
            <OwnerExportCard ownerId={ownerId} />
          </div>
        )}
      </Loaded>
    </Section>
  );
}

function Replays({ of }: { of: Owner }) {
  const { say } = useFeedback();
  const act = useAct();
  const set = (replay: boolean) =>
    ({ method: "PATCH", path: `/owners/${of.ownerId}`, body: { replay } }) as const;
  const change = useChange<Owner>(({ replay }) =>
    say({
      text: replay ? "Deliveries may be replayed." : "No delivery can be replayed.",
      undo: () => act(set(!replay)),
    }),
  );
  return (
    <div className="card form">
      <div className="spread">
        <strong id="owner-replay">Replays</strong>
        <ToggleSwitch
          size="small"
          aria-labelledby="owner-replay"
          checked={of.replay}
          loading={change.isPending}
          onClick={() => change.mutate(set(!of.replay))}
        />
      </div>
      <div className="muted">Allows deliveries to its repositories to be dispatched again.</div>
      {change.error && <Problem error={change.error} />}
    </div>
  );
}

function Cost({ of }: { of: Owner }) {
  const { perEvent, currency } = of.cost ?? of.standardCost;
  const [draft, setDraft] = useState({ perEvent: String(perEvent), currency });
  const change = useChange<Owner>();
  const set = (cost: object | null): void =>
    change.mutate({ method: "PATCH", path: `/owners/${of.ownerId}`, body: { cost } });
  const wrong = (name: string) => faultAt(change.error, `/cost/${name}`);
  return (
    <div className="card form">
      <Field
        type="number"
        label="Cost per event"
        caption={`Usage reckons with it. This deployment says ${of.standardCost.perEvent} ${of.standardCost.currency}.`}
        value={draft.perEvent}
        error={wrong("perEvent")}
        onChange={(value) => setDraft({ ...draft, perEvent: value })}
      />
      <Field
        label="Currency"
        caption="Three letters, such as EUR."
        value={draft.currency}
        error={wrong("currency")}
        onChange={(value) => setDraft({ ...draft, currency: value })}
      />
      {change.error && <Problem error={change.error} />}
      <div className="bar">
        <Button
          disabled={draft.perEvent.trim() === ""}
          onClick={() =>
            set({ perEvent: Number(draft.perEvent), currency: draft.currency.trim().toUpperCase() })
          }
        >
          Save the cost
        </Button>
        {of.cost && <Button onClick={() => set(null)}>As this deployment says</Button>}
      </div>
    </div>
  );
}
