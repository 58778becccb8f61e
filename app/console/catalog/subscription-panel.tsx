import { Button, Checkbox, FormControl } from "@primer/react";
import { useState } from "react";
import { faultAt } from "../api/call.ts";
import { useAct, useChange, useGet } from "../api/queries.ts";
import type { Preflight, Subscription } from "../api/types.ts";
import { AnswerBadge } from "../ui/badges.tsx";
import { Copyable } from "../ui/copy.tsx";
import { useFeedback } from "../ui/feedback.tsx";
import { ChoiceField, Field, listOf } from "../ui/field.tsx";
import { Section } from "../ui/heading.tsx";
import { Loaded, Problem } from "../ui/loaded.tsx";
import { Modal } from "../ui/modal.tsx";
import { Notice } from "../ui/notice.tsx";
import { Outward } from "../ui/outward.tsx";
import { useEdits } from "../ui/use-edits.ts";
import { EVERY_TYPE, serviceWords } from "../ui/words.ts";
import { DurableSwitch } from "./durable-switch.tsx";
import { FilterForm } from "./filter-form.tsx";

const STANDARD = { confirmWithin: 600, completeWithin: 21_600, maxAttempts: 8, retryOnFailure: false };
type Durable = typeof STANDARD;

interface Props {
  of: Subscription;
  canChange: boolean;
  onClose(): void;
}

/** A subscription as its consumer changes it: event types, durable delivery, and what would stop it. */
export function SubscriptionPanel({ of, canChange, onClose }: Props) {
  const act = useAct();
  const { ask, say } = useFeedback();
  const change = useChange();
  const path = `/subscriptions/${of.subscriptionId}`;
  const remove = (): void =>
    ask({
      title: "Remove this subscription?",
      text: `${of.repository} receives no more events of ${serviceWords(of.service)}, and its waiting deliveries end. To subscribe again, the provider has to approve a new request.`,
      action: "Remove",
      danger: true,
      run: async () => {
        await act({ method: "DELETE", path });
        onClose();
      },
      done: `The subscription to ${serviceWords(of.service)} is removed.`,
    });
  const durable = of.durable as Durable | null;
  const set = (body: object, done = "Saved."): void =>
    change.mutate({ method: "PATCH", path, body }, { onSuccess: () => say({ text: done }) });
  return (
    <Modal
      title={of.service ? serviceWords(of.service) : "A removed service"}
      subtitle={`Delivers to ${of.repository}`}
      position="right"
      width="large"
      onClose={onClose}
    >
      <div className="form">
        <div>
          <AnswerBadge of={of.status} />
        </div>
        {of.service && <Copyable text={of.service.name} name="the service's name" />}
        {change.error && <Problem error={change.error} />}
        <TypesForm
          key={of.eventTypes.join()}
          of={of.eventTypes}
          disabled={!canChange}
          loading={change.isPending}
          wrong={change.error}
          onSave={(eventTypes) => set({ eventTypes })}
        />
        <FilterForm
          key={of.filter}
          of={of}
          disabled={!canChange}
          wrong={change.error}
          onSave={(filter) => set({ filter })}
        />
        <StartForm of={of} disabled={!canChange} wrong={change.error} onSave={set} />
        <DurableSwitch of={of} canChange={canChange} />
        {durable && (
          <DurableForm
            of={durable}
            disabled={!canChange}
            wrong={change.error}
            onSave={(changes) => set({ durable: changes })}
          />
        )}
        <Checks path={path} />
        <TestEvent path={path} canChange={canChange} />
        <div>
          <Button variant="danger" disabled={!canChange} onClick={remove}>
            Remove the subscription
          </Button>
        </div>
      </div>
    </Modal>
  );
}

interface TypesProps {
  of: readonly string[];
  disabled: boolean;
  loading: boolean;
  /** The error of the last change, which may be about them. */
  wrong: Error | null;
  onSave(eventTypes: string[]): void;
}

/** The event types that a subscription wants. */
function TypesForm({ of, disabled, loading, wrong, onSave }: TypesProps) {
  const [eventTypes, setEventTypes] = useState(of.join(", "));
  return (
    <>
      <Field
        label="Event types"
        caption={EVERY_TYPE}
        value={eventTypes}
        error={faultAt(wrong, "/eventTypes")}
        onChange={setEventTypes}
      />
      <div>
        <Button disabled={disabled} loading={loading} onClick={() => onSave(listOf(eventTypes))}>
          Save event types
        </Button>
      </div>
    </>
  );
}

const STARTS = [
  ["repository_dispatch", "repository_dispatch: every workflow that listens"],
  ["workflow_dispatch", "workflow_dispatch: the workflow named, whose run GitHub names"],
] as const;

/** The way to start the consumer's runs, and what is known of them by it. */
function StartForm({
  of,
  disabled,
  wrong,
  onSave,
}: {
  of: Subscription;
  disabled: boolean;
  wrong: Error | null;
  onSave(changed: { start?: string; ref?: string | null; format?: string }): void;
}) {
  const { draft, edit } = useEdits<{ start: string; ref: string; format: string }>({
    start: of.start,
    ref: of.ref ?? "",
    format: of.format,
  });
  const { start, ref, format } = draft;
  const byWorkflow = start === "workflow_dispatch";
  const save = (): void => {
    const wantedRef = byWorkflow && ref !== "" ? ref : null;
    // What stays is not sent: others may have changed it meanwhile.
    onSave({
      ...(start === of.start ? {} : { start }),
      ...(wantedRef === of.ref ? {} : { ref: wantedRef }),
      ...(format === of.format ? {} : { format }),
    });
  };
  return (
    <div className="card form">
      <ChoiceField
        label="Runs are started by"
        value={start}
        options={STARTS}
        disabled={disabled || of.workflow === null}
        onChange={(value) => edit({ start: value })}
      />
      {of.workflow === null && (
        <div className="muted">workflow_dispatch needs a subscription that names its workflow.</div>
      )}
      {byWorkflow && (
        <Field
          label="Branch or tag"
          caption="Empty: the default branch."
          value={ref}
          error={faultAt(wrong, "/ref")}
          onChange={(value) => edit({ ref: value })}
        />
      )}
      {of.start === "workflow_dispatch" && of.runsKnownBy === "inference" && (
        <div className="muted">This GitHub does not name the runs that it starts, so they are inferred.</div>
      )}
      <FormControl disabled={disabled}>
        <Checkbox
          checked={format === "cloudevents"}
          onChange={(event) => edit({ format: event.target.checked ? "cloudevents" : "zekt" })}
        />
        <FormControl.Label>Events come as CloudEvents, too</FormControl.Label>
      </FormControl>
      <div>
        <Button disabled={disabled} onClick={save}>
          Save how runs are started
        </Button>
      </div>
    </div>
  );
}

function DurableForm({
  of,
  disabled,
  wrong,
  onSave,
}: {
  of: Durable;
  disabled: boolean;
  wrong: Error | null;
  onSave(changes: Partial<Durable>): void;
}) {
  const { draft, changes, edit } = useEdits(of);
  const number = (name: "confirmWithin" | "completeWithin" | "maxAttempts", label: string) => (
    <Field
      type="number"
      label={label}
      value={String(draft[name])}
      error={faultAt(wrong, `/durable/${name}`)}
      onChange={(value) => edit({ [name]: Number(value) })}
    />
  );
  return (
    <div className="card form">
      {number("confirmWithin", "Seconds to wait for a confirm")}
      {number("completeWithin", "Seconds that a confirmed run may take")}
      {number("maxAttempts", "Dispatches before it fails")}
      <FormControl>
        <Checkbox
          checked={draft.retryOnFailure}
          onChange={(event) => edit({ retryOnFailure: event.target.checked })}
        />
        <FormControl.Label>Dispatch again where a run fails</FormControl.Label>
      </FormControl>
      <div>
        <Button disabled={disabled} onClick={() => onSave(changes)}>
          Save
        </Button>
      </div>
    </div>
  );
}

/** Shows the problems that would stop the subscription, each with a link to the page that fixes it. */
function Checks({ path }: { path: string }) {
  const preflight = useGet<Preflight>(`${path}/preflight`);
  return (
    <Section title="Preflight">
      <Loaded of={preflight}>
        {({ ok, obstacles, warnings, listeners }) => (
          <div className="form">
            {ok && (
              <Notice
                variant="success"
                title="Ready"
                description={listeners.map((one) => one.path).join(", ")}
              />
            )}
            {obstacles.map((one) => (
              <Notice
                key={`${one.code} ${one.message}`}
                variant="warning"
                title={one.message}
                description={one.link ? <Outward href={one.link}>Fix on GitHub</Outward> : null}
              />
            ))}
            {warnings.map((one) => (
              <Notice
                key={`${one.code} ${one.message}`}
                variant="info"
                title={one.message}
                description={one.link ? <Outward href={one.link}>Change it on GitHub</Outward> : null}
              />
            ))}
          </div>
        )}
      </Loaded>
    </Section>
  );
}

function TestEvent({ path, canChange }: { path: string; canChange: boolean }) {
  const send = useChange<{ deliveryId: string; eventType: string }>();
  return (
    <Section title="Try it">
      {send.error && <Problem error={send.error} />}
      {send.data && (
        <Notice variant="success" title={`A test event of type ${send.data.eventType} is on its way`} />
      )}
      <div>
        <Button
          disabled={!canChange}
          loading={send.isPending}
          onClick={() => send.mutate({ method: "POST", path: `${path}/test-event`, body: {} })}
        >
          Send a test event
        </Button>
      </div>
    </Section>
  );
}
