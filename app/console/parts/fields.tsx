import { SearchIcon } from "@primer/octicons-react";
import { FormControl, Select, TextInput } from "@primer/react";
import { useEffect, useState } from "react";

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
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), 300);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      leadingVisual={SearchIcon}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly (readonly [value: string, name: string])[];
  onChange(value: string): void;
}

/** One of a few. */
export const Choice = ({ label, value, options, onChange }: ChoiceProps) => (
  <Select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
    {options.map(([one, name]) => (
      <Select.Option key={one} value={one}>
        {name}
      </Select.Option>
    ))}
  </Select>
);

interface FieldProps {
  label: string;
  caption?: string;
  value: string;
  error?: string | undefined;
  required?: boolean;
  type?: "text" | "number";
  onChange(value: string): void;
}

/** A labelled text field with what is wrong about it. */
export const Field = ({
  label,
  caption,
  value,
  error,
  required = false,
  type = "text",
  onChange,
}: FieldProps) => (
  <FormControl required={required}>
    <FormControl.Label>{label}</FormControl.Label>
    <TextInput
      block
      type={type}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      {...(error ? { validationStatus: "error" as const } : {})}
    />
    {caption && <FormControl.Caption>{caption}</FormControl.Caption>}
    {error && <FormControl.Validation variant="error">{error}</FormControl.Validation>}
  </FormControl>
);

/** A list typed with commas. */
export const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);
