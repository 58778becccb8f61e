import { SearchIcon } from "@primer/octicons-react";
import { TextInput } from "@primer/react";
import { useTyped } from "./use-typed.ts";

/** A search field that tells what is typed once typing pauses. */
export function Search({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange(value: string): void;
}) {
  const [text, setText] = useTyped(value, onChange);
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      // The label is seen whole.
      style={{ width: `calc(${label.length * 0.8}ch + 4rem)`, maxWidth: "100%" }}
      leadingVisual={SearchIcon}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}
