import { useEffect, useState } from "react";

/** Milliseconds for which typing pauses before what is typed counts. */
const PAUSE = 300;

/** Returns what is typed into a field, and passes it on once typing pauses. A value that is set otherwise takes its place. */
export function useTyped(value: string, onChange: (value: string) => void) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), PAUSE);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return [typed, setTyped] as const;
}
