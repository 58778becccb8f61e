import { FormControl, Textarea, TextInput } from "@primer/react";
import type { ReactNode } from "react";
import { Choice, type ChoiceProps } from "./choice.tsx";

interface FieldProps {
  label: string;
  caption?: string;
  value: string;
  error?: string | undefined;
  required?: boolean;
  type?: "text" | "number";
  onChange(value: string): void;
}

interface LabelledProps extends Pick<FieldProps, "label" | "caption" | "error" | "required"> {
  children: ReactNode;
}

/** A label, what is filled in, and below it what it is for and what is wrong about it. */
const Labelled = ({ label, caption, error, required = false, children }: LabelledProps) => (
  <FormControl required={required}>
    <FormControl.Label>{label}</FormControl.Label>
    {children}
    {caption && <FormControl.Caption>{caption}</FormControl.Caption>}
    {error && <FormControl.Validation variant="error">{error}</FormControl.Validation>}
  </FormControl>
);

const statusOf = (error: string | undefined) => (error ? { validationStatus: "error" as const } : {});

/** A labelled text field with what is wrong about it. */
export const Field = ({ value, type = "text", onChange, ...labels }: FieldProps) => (
  <Labelled {...labels}>
    <TextInput
      block
      type={type}
      {...(type === "number" ? { step: "any", min: 0 } : {})}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      {...statusOf(labels.error)}
    />
  </Labelled>
);

/** A labelled field for a text of several lines with what is wrong about it. */
export const LongField = ({ value, onChange, ...labels }: Omit<FieldProps, "type" | "required">) => (
  <Labelled {...labels}>
    <Textarea
      block
      rows={4}
      resize="vertical"
      className="mono"
      value={value}
      onChange={(event) => onChange(event.target.value)}
      {...statusOf(labels.error)}
    />
  </Labelled>
);

/** One of a few, below its label. */
export const ChoiceField = (props: ChoiceProps) => (
  <FormControl>
    <FormControl.Label>{props.label}</FormControl.Label>
    <Choice {...props} />
  </FormControl>
);

/** A list typed with commas. */
export const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);
