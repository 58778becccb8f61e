import { XIcon } from "@primer/octicons-react";
import { Button } from "@primer/react";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { Link } from "react-router";
import { Problem } from "./loaded.tsx";
import { Modal } from "./modal.tsx";

/** A question before something that has consequences. */
export interface Question {
  title: string;
  /** Says what will happen, and to whom. */
  text: ReactNode;
  /** The name of the button that does it. */
  action: string;
  danger?: boolean;
  /** Does it. The dialog stays, with its button at rest, until that ends; a failure is shown in it. */
  run(): Promise<unknown>;
  /** Says afterwards what was done. */
  done: string | (() => Said);
  /** Undoes it, where that is possible. */
  undo?: (() => Promise<unknown>) | undefined;
}

/** A short message after something was done. */
export interface Said {
  text: string;
  undo?: (() => Promise<unknown>) | undefined;
  /** A place to go on to: an address of the console. */
  link?: { to: string; name: string } | undefined;
}

interface Feedback {
  ask(question: Question): void;
  say(said: Said): void;
}

const FeedbackContext = createContext<Feedback | null>(null);

/** Returns how to ask before an action, and how to say what was done. */
export function useFeedback(): Feedback {
  const feedback = useContext(FeedbackContext);
  if (!feedback) throw new Error("Only within the console's frame can anything be asked or said.");
  return feedback;
}

/** The time for which a message stays, in milliseconds: long enough to undo. */
const STAYS = 12_000;
/** Messages that are shown at once. */
const SHOWN = 3;

type Toast = Said & { id: number };
let lastId = 0;

/** Draws questions and messages over whatever page asks and says them. */
export function FeedbackProvider({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const say = useCallback((said: Said) => {
    setToasts((before) => [...before, { ...said, id: ++lastId }].slice(-SHOWN));
  }, []);
  const feedback = useMemo<Feedback>(() => ({ ask: setQuestion, say }), [say]);
  const drop = useCallback((id: number) => setToasts((before) => before.filter((one) => one.id !== id)), []);
  return (
    <FeedbackContext value={feedback}>
      {children}
      {question && <Asked of={question} say={say} onClose={() => setQuestion(null)} />}
      <div className="toasts" role="status" aria-live="polite" aria-label="Messages">
        {toasts.map((one) => (
          <ToastCard key={one.id} of={one} say={say} onClose={drop} />
        ))}
      </div>
    </FeedbackContext>
  );
}

function Asked({ of, say, onClose }: { of: Question; say: Feedback["say"]; onClose(): void }) {
  const [error, setError] = useState<Error | null>(null);
  const [isRunning, setRunning] = useState(false);
  const run = async (): Promise<void> => {
    if (isRunning) return;
    setRunning(true);
    setError(null);
    try {
      await of.run();
    } catch (failure) {
      setError(failure as Error);
      return setRunning(false);
    }
    onClose();
    say(typeof of.done === "string" ? { text: of.done, undo: of.undo } : of.done());
  };
  return (
    <Modal
      role="alertdialog"
      title={of.title}
      width="medium"
      onClose={onClose}
      footerButtons={[
        { content: "Cancel", onClick: onClose, autoFocus: true },
        {
          content: of.action,
          buttonType: of.danger ? "danger" : "primary",
          loading: isRunning,
          onClick: () => void run(),
        },
      ]}
    >
      <div className="form">
        {error && <Problem error={error} />}
        <div>{of.text}</div>
      </div>
    </Modal>
  );
}

interface ToastProps {
  of: Toast;
  say: Feedback["say"];
  onClose(id: number): void;
}

function ToastCard({ of, say, onClose }: ToastProps) {
  const { id, text, undo, link } = of;
  const [isUndoing, setUndoing] = useState(false);
  // It does not go away under the pointer or the keyboard.
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (isUndoing || isHeld) return;
    const timer = setTimeout(() => onClose(id), STAYS);
    return () => clearTimeout(timer);
  }, [id, isUndoing, isHeld, onClose]);
  const takeBack = async (): Promise<void> => {
    setUndoing(true);
    const became = await undo?.().then(
      () => "Undone",
      (error: Error) => `That could not be undone: ${error.message}`,
    );
    onClose(id);
    say({ text: became ?? "Undone" });
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it does nothing by itself, it only waits
    <div
      className="toast"
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className="grow">{text}</span>
      {link && (
        <Link to={link.to} onClick={() => onClose(id)}>
          {link.name}
        </Link>
      )}
      {undo && (
        <Button size="small" className="undo" loading={isUndoing} onClick={() => void takeBack()}>
          Undo
        </Button>
      )}
      <Button size="small" variant="invisible" aria-label="Dismiss" onClick={() => onClose(id)}>
        <XIcon />
      </Button>
    </div>
  );
}
