import { useState } from "react";

/**
 * Edits settings that others may change meanwhile. What is not touched follows what is stored. `changes` is what was
 * touched, and differs.
 */
export function useEdits<T extends object>(stored: T) {
  const [edits, setEdits] = useState<Partial<T>>({});
  const isChange = ([name, value]: [string, unknown]): boolean => stored[name as keyof T] !== value;
  const touched = Object.entries(edits);
  const kept = touched.filter(isChange);
  const changes = Object.fromEntries(kept) as Partial<T>;
  // What is stored by now is no edit any more.
  if (kept.length < touched.length) setEdits(changes);
  const edit = (change: Partial<T>): void => setEdits((before) => ({ ...before, ...change }));
  return { draft: { ...stored, ...changes }, changes, edit };
}
