import { FormControl, Radio, RadioGroup, ToggleSwitch } from "@primer/react";
import { useState } from "react";
import { ApiError } from "../api/call.ts";
import { useAct } from "../api/queries.ts";
import type { Repository } from "../api/types.ts";
import { useFeedback } from "../ui/feedback.tsx";
import { Problem } from "../ui/loaded.tsx";
import { Modal } from "../ui/modal.tsx";

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
  const [asking, setAsking] = useState<"on" | "off" | null>(null);
  const id = `tracking-${of.repositoryId}`;
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
        onClick={() => setAsking(of.tracking ? "off" : "on")}
      />
      {asking === "on" && <TurnOn of={of} onClose={() => setAsking(null)} />}
      {asking === "off" && <TurnOff of={of} onClose={() => setAsking(null)} />}
    </>
  );
}

interface Props {
  of: Repository;
  onClose(): void;
}

/** Changes tracking, with the state of that for a dialog. */
function useTracking({ of, onClose }: Props) {
  const act = useAct();
  const [error, setError] = useState<Error | null>(null);
  const [isRunning, setRunning] = useState(false);
  const set = async (body: object): Promise<Error | null> => {
    setRunning(true);
    setError(null);
    try {
      await act({ method: "PATCH", path: `/repositories/${of.repositoryId}`, body });
      onClose();
      return null;
    } catch (failure) {
      setError(failure as Error);
      return failure as Error;
    } finally {
      setRunning(false);
    }
  };
  return { set, error, isRunning };
}

function TurnOn({ of, onClose }: Props) {
  const { set, error, isRunning } = useTracking({ of, onClose });
  const { say } = useFeedback();
  const turnOn = async (): Promise<void> => {
    if ((await set({ tracking: true })) === null)
      say({ text: `Completion tracking is on for ${of.fullName}.` });
  };
  return (
    <Modal
      title="Turn on completion tracking?"
      onClose={onClose}
      footerButtons={[
        { content: "Cancel", onClick: onClose },
        {
          content: "Enable Tracking",
          buttonType: "primary",
          loading: isRunning,
          onClick: () => void turnOn(),
        },
      ]}
    >
      <div className="form">
        <p>
          Zekt places a webhook (<code>workflow_run</code>) in {of.fullName}. It follows the runs that its
          dispatches start, and confirms and completes their deliveries.
        </p>
        <p>
          Reading workflow files and checking overdue runs counts against the API quota of your installation.
          Durable delivery appears in your usage.
        </p>
        {error && <Problem error={error} />}
      </div>
    </Modal>
  );
}

const isAboutDurable = ({ pointer }: { pointer: string }): boolean => pointer === "/durableSubscriptions";

function TurnOff({ of, onClose }: Props) {
  const { set, error, isRunning } = useTracking({ of, onClose });
  const { say } = useFeedback();
  const act = useAct();
  const [choice, setChoice] = useState<Choice>("end");
  /** The API's sentence about durable subscriptions, once it has refused to decide about them. */
  const [asked, setAsked] = useState<string | null>(null);
  const needsChoice = asked !== null;
  const turnOff = async (): Promise<void> => {
    const chosen = needsChoice ? { durableSubscriptions: choice } : {};
    const failure = await set({ tracking: false, ...chosen });
    const isOpen = failure instanceof ApiError && failure.errors.some(isAboutDurable);
    if (failure && isOpen) setAsked(failure.message);
    if (failure) return;
    const path = `/repositories/${of.repositoryId}`;
    // Subscriptions that were changed stay so: an undo would only be half of one.
    const undo = () => act({ method: "PATCH", path, body: { tracking: true } });
    say({
      text: `Completion tracking is off for ${of.fullName}.`,
      undo: needsChoice && choice === "end" ? undefined : undo,
    });
  };
  return (
    <Modal
      title="Turn off completion tracking?"
      onClose={onClose}
      footerButtons={[
        { content: "Cancel", onClick: onClose },
        { content: "Turn off", buttonType: "danger", loading: isRunning, onClick: () => void turnOff() },
      ]}
    >
      <div className="form">
        <p>
          Zekt no longer follows the runs of {of.fullName}. Deliveries are confirmed and completed only by
          workflows that use the confirm and complete actions.
        </p>
        {error && error.message !== asked && <Problem error={error} />}
        {needsChoice && (
          <>
            <p role="alert">{asked.split(" Send ")[0]}</p>
            <RadioGroup name="durable">
              <RadioGroup.Label>What happens to durable subscriptions</RadioGroup.Label>
              {CHOICES.map(([value, label, caption]) => (
                <FormControl key={value}>
                  <Radio value={value} checked={choice === value} onChange={() => setChoice(value)} />
                  <FormControl.Label>{label}</FormControl.Label>
                  <FormControl.Caption>{caption}</FormControl.Caption>
                </FormControl>
              ))}
            </RadioGroup>
          </>
        )}
      </div>
    </Modal>
  );
}
