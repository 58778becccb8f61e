import { FormControl, Textarea, TextInput } from "@primer/react";

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
      {...(type === "number" ? { step: "any", min: 0 } : {})}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      {...(error ? { validationStatus: "error" as const } : {})}
    />
    {caption && <FormControl.Caption>{caption}</FormControl.Caption>}
    {error && <FormControl.Validation variant="error">{error}</FormControl.Validation>}
  </FormControl>
);

/** A labelled field for a text of several lines with what is wrong about it. */
export const LongField = ({
  label,
  caption,
  value,
  error,
  onChange,
}: Omit<FieldProps, "type" | "required">) => (
  <FormControl>
    <FormControl.Label>{label}</FormControl.Label>
    <Textarea
      block
      rows={4}
      resize="vertical"
      className="mono"
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
