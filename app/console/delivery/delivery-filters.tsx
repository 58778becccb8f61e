import { Button } from "@primer/react";
import { useState } from "react";
import type { Connection } from "../api/types.ts";
import { Choice } from "../ui/choice.tsx";
import { Field } from "../ui/field.tsx";
import { Modal } from "../ui/modal.tsx";
import { fieldValueOf, MomentField, momentOf } from "../ui/moment-field.tsx";
import { useSavedViews } from "../ui/saved-views.ts";
import { Search } from "../ui/search.tsx";
import { useTyped } from "../ui/use-typed.ts";
import { FAILURE_KINDS, serviceWords } from "../ui/words.ts";
import { PayloadField } from "./payload-search.tsx";

/** The filters of a list of deliveries, as its address has them. */
export const FILTERS = [
  "status",
  "text",
  "subscription",
  "from",
  "to",
  "durable",
  "test",
  "replay",
  "failure",
  "where",
] as const;
export type Filters = Record<(typeof FILTERS)[number], string>;

const STATUSES = [
  ["", "Every status"],
  ["Pending", "Pending"],
  ["Dispatched", "Dispatched"],
  ["Confirmed", "Confirmed"],
  ["Completed", "Completed"],
  ["Failed", "Failed"],
] as const;

const either = (all: string, yes: string, no: string) =>
  [
    ["", all],
    ["true", yes],
    ["false", no],
  ] as const;

interface Props {
  side: "provider" | "consumer";
  filters: Filters;
  set(change: Partial<Filters>): void;
  connections: readonly Connection[];
  /** The error of the list as these filters have it. */
  wrong: Error | null;
}

/** The filters of a list of deliveries; those that are rarely used are opened. */
export function DeliveryFilters({ side, filters, set, connections, wrong }: Props) {
  const { status, text, subscription, from, to, durable, test, replay, failure, where } = filters;
  const isNarrowed = [from, to, durable, test, replay, failure, where].some((one) => one !== "");
  const [isOpen, setOpen] = useState(isNarrowed);
  const otherSide = ({ service, consumer }: Connection): string =>
    side === "provider"
      ? `${service?.slug ?? "removed service"} → ${consumer.fullName ?? consumer.repositoryId}`
      : serviceWords(service);
  return (
    <>
      <div className="bar">
        <Search
          label="Find by event type, run or delivery"
          value={text}
          onChange={(value) => set({ text: value })}
        />
        <Choice
          label="Status"
          value={status}
          options={STATUSES}
          onChange={(value) => set({ status: value })}
        />
        <Choice
          label="Connection"
          value={subscription}
          options={[
            ["", "Every connection"],
            ...connections.map((one) => [one.connectionId, otherSide(one)] as const),
          ]}
          onChange={(value) => set({ subscription: value })}
        />
        <Button aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Fewer filters" : "More filters"}
        </Button>
        <SavedViews list={side} />
      </div>
      {isOpen && (
        <div className="bar end">
          <MomentFilter label="From" moment={from} onChange={(moment) => set({ from: moment })} />
          <MomentFilter label="Until" moment={to} onChange={(moment) => set({ to: moment })} />
          <Choice
            label="Durable or default"
            value={durable}
            options={either("Durable and default", "Durable only", "Default only")}
            onChange={(value) => set({ durable: value })}
          />
          <Choice
            label="Tests"
            value={test}
            options={either("With tests", "Tests only", "Without tests")}
            onChange={(value) => set({ test: value })}
          />
          <Choice
            label="Replays"
            value={replay}
            options={either("With replays", "Replays only", "Without replays")}
            onChange={(value) => set({ replay: value })}
          />
          <Choice
            label="Failure"
            value={failure}
            options={[["", "Every failure"], ...Object.entries(FAILURE_KINDS)]}
            onChange={(value) => set({ failure: value })}
          />
          {isNarrowed && (
            <Button
              variant="invisible"
              onClick={() =>
                set({ from: "", to: "", durable: "", test: "", replay: "", failure: "", where: "" })
              }
            >
              Reset
            </Button>
          )}
        </div>
      )}
      {isOpen && <PayloadField value={where} wrong={wrong} onSearch={(value) => set({ where: value })} />}
    </>
  );
}

interface MomentFilterProps {
  label: string;
  moment: string;
  onChange(moment: string): void;
}

/** Narrows a list by a moment once typing pauses. A field that is set anew while a year is typed begins another. */
function MomentFilter({ label, moment, onChange }: MomentFilterProps) {
  const [value, setValue] = useTyped(fieldValueOf(moment), (typed) => onChange(momentOf(typed) ?? ""));
  return <MomentField label={label} value={value} onChange={setValue} />;
}

/** Views that were saved of this list, and a way to save the present one. */
function SavedViews({ list }: { list: string }) {
  const views = useSavedViews(`deliveries-${list}`);
  const [naming, setNaming] = useState<string | null>(null);
  return (
    <>
      {views.names.length > 0 && (
        <Choice
          label="Saved views"
          value={views.current}
          options={[["", "Saved views"], ...views.names.map((name) => [name, name] as const)]}
          onChange={views.open}
        />
      )}
      {views.current === "" ? (
        <Button onClick={() => setNaming("")}>Save view</Button>
      ) : (
        <Button onClick={() => views.remove(views.current)}>Delete view</Button>
      )}
      {naming !== null && (
        <Modal
          title="Save this view"
          onClose={() => setNaming(null)}
          footerButtons={[
            { content: "Cancel", onClick: () => setNaming(null) },
            {
              content: "Save",
              buttonType: "primary",
              disabled: naming.trim() === "",
              onClick: () => {
                views.save(naming.trim());
                setNaming(null);
              },
            },
          ]}
        >
          <Field
            label="Name"
            caption="This browser saves the present filters under the name."
            value={naming}
            onChange={setNaming}
          />
        </Modal>
      )}
    </>
  );
}
