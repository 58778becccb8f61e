import { lazy, Suspense, useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { Boundary } from "./boundary.tsx";
import type { Places } from "./keyboard-help.tsx";

const KeyboardHelp = lazy(() => import("./keyboard-help.tsx"));

/** Places that `g` and a letter lead to. */
const PLACES: Places = {
  o: ["/", "Overview"],
  p: ["/provider", "Provider repositories"],
  d: ["/provider/deliveries", "Delivery Status"],
  c: ["/consumer", "Consumer repositories"],
  s: ["/consumer/subscriptions", "Zekt Subscriptions"],
  r: ["/directory", "Directory"],
  n: ["/connections", "My connections"],
  u: ["/usage", "Usage"],
};

/** Milliseconds within which a letter belongs to the `g` before it. */
const TOGETHER = 1_500;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest("input, select, textarea, [contenteditable]") !== null;

/** Moves the keyboard's focus by rows; true where there is a row to go to. */
function moveRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("main .row .open, main .cards .open")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[at === -1 ? (step === 1 ? 0 : rows.length - 1) : at + step]?.focus();
}

/** Presses the undo of the newest message that has one. */
function undoLast(): void {
  [...document.querySelectorAll<HTMLElement>(".toasts .undo")].at(-1)?.click();
}

/**
 * Keys for the whole console: `/` searches, `j` and `k` go through rows, `g` goes to pages, `z` undoes, `?` explains.
 * A message is out of the tab key's reach beside an open panel, so `z` works there, too.
 */
export function Keyboard() {
  const navigate = useNavigate();
  const [isHelpOpen, setHelpOpen] = useState(false);
  useEffect(() => {
    let wentAt = 0;
    const press = (event: KeyboardEvent): void => {
      const { key, ctrlKey, metaKey, altKey, target } = event;
      if (ctrlKey || metaKey || altKey || isTyping(target)) return;
      if (key === "z" && !document.querySelector("[role=alertdialog]")) undoLast();
      if (document.querySelector("[role=dialog], [role=alertdialog], [role=menu]:popover-open")) return;
      const place = event.timeStamp - wentAt < TOGETHER ? PLACES[key] : undefined;
      wentAt = key === "g" ? event.timeStamp : 0;
      if (place) void navigate(place[0]);
      else if (key === "j") moveRow(1);
      else if (key === "k") moveRow(-1);
      else if (key === "?") setHelpOpen(true);
      else if (key === "/") {
        document.querySelector<HTMLElement>("main input[type=text], main input:not([type])")?.focus();
        // Else the slash is typed there.
        event.preventDefault();
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [navigate]);
  if (!isHelpOpen) return null;
  return (
    <Boundary page="">
      <Suspense>
        <KeyboardHelp places={PLACES} onClose={() => setHelpOpen(false)} />
      </Suspense>
    </Boundary>
  );
}
