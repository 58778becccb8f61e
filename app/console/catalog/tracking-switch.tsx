import { ToggleSwitch } from "@primer/react";
import { useState } from "react";
import { ApiError } from "../api/call.ts";
import { type Change, useAct, useChange } from "../api/queries.ts";
import type { Repository } from "../api/types.ts";
import { useFeedback } from "../ui/feedback.tsx";
import { Problem } from "../ui/loaded.tsx";
import { Modal } from "../ui/modal.tsx";
import { Radios } from "../ui/radios.tsx";

type Choice = "end" | "keep";

const CHOICES: readonly (readonly [Choice, string, string])[] = [
  [
    "end",
    "Change to default delivery",
    "One attempt each. Deliveries under way end without another dispatch.",
  ],
  ["keep", "Keep them durable", "Only if your workflows use the confirm action."],
];

/** Completion tracking of a consumer's repository, with its effect said before it is turned on or off. */
export function TrackingSwitch({ of }: { of: Repository }) {
  const act = useAct();
  const { ask } = useFeedback();
  const [isTurningOff, setTurningOff] = useState(false);
  const id = `tracking-${of.repositoryId}`;
  const turnOn = (): void =>
    ask({
      title: "Turn on completion tracking?",
      text: (
        <>
          <p>
            Zekt places a webhook (<code>workflow_run</code>) in {of.fullName}. It follows the runs that its
            dispatches start, and confirms and completes their deliveries. A workflow that uses the confirm
            action confirms by itself.
          </p>
          <p>
            Reading workflow files and checking overdue runs counts against the API quota of your
            installation. Durable delivery appears in your usage.
          </p>
        </>
      ),
      action: "Enable Tracking",
      run: () => act(setTracking(of, { tracking: true })),
      done: `Completion tracking is on for ${of.fullName}.`,
    });
  return (
    <>
      <span id={id} hidden>
        Completion tracking of {of.fullName}
      </span>
      <ToggleSwitch
        size="small"
        aria-labelledby={id}
        checked={of.tracking}
        disabled={of.right !== "change" || of.managedBy !== null || !of.reachable}
        onClick={() => (of.tracking ? setTurningOff(true) : turnOn())}
      />
      {isTurningOff && <TurnOff of={of} onClose={() => setTurningOff(false)} />}
    </>
  );
}

const setTracking = (of: Repository, body: { tracking: boolean; durableSubscriptions?: Choice }): Change => ({
  method: "PATCH",
  path: `/repositories/${of.repositoryId}`,
  body,
});

const isAboutDurable = ({ pointer }: { pointer: string }): boolean => pointer === "/durableSubscriptions";

function TurnOff({ of, onClose }: { of: Repository; onClose(): void }) {
  const act = useAct();
  const { say } = useFeedback();
  const change = useChange();
  const [choice, setChoice] = useState<Choice>("end");
  /** The API's sentence about durable subscriptions, once it has refused to decide about them. */
  const [asked, setAsked] = useState<string | null>(null);
  const turnOff = (): void => {
    const undo = () => act(setTracking(of, { tracking: true }));
    // Subscriptions that were changed stay so: an undo would only be half of one.
    const isWhole = asked === null || choice === "keep";
    change.mutate(
      setTracking(of, { tracking: false, ...(asked === null ? {} : { durableSubscriptions: choice }) }),
      {
        onError: (error) => {
          if (error instanceof ApiError && error.errors.some(isAboutDurable)) setAsked(error.message);
        },
        onSuccess: () => {
          onClose();
          say({
            text: `Completion tracking is off for ${of.fullName}.`,
            undo: isWhole ? undo : undefined,
          });
        },
      },
    );
  };
  return (
    <Modal
      title="Turn off completion tracking?"
      onClose={onClose}
      footerButtons={[
        { content: "Cancel", onClick: onClose },
        { content: "Turn off", buttonType: "danger", loading: change.isPending, onClick: turnOff },
      ]}
    >
      <div className="form">
        <p>
          Zekt no longer follows the runs of {of.fullName}. Deliveries are confirmed and completed only by
          workflows that use the confirm and complete actions.
        </p>
        {change.error && change.error.message !== asked && <Problem error={change.error} />}
        {asked !== null && (
          <>
            <p role="alert">{asked.split(" Send ")[0]}</p>
            <Radios
              name="durable"
              label="What happens to durable subscriptions"
              value={choice}
              options={CHOICES}
              onChange={setChoice}
            />
          </>
        )}
      </div>
    </Modal>
  );
}
