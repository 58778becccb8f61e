import { FormControl, TextInput } from "@primer/react";

interface Props {
  label: string;
  caption?: string;
  value: string;
  disabled?: boolean;
  onChange(value: string): void;
}

/** A moment by the reader's own clock; empty where there is none. */
export const MomentField = ({ label, caption, value, disabled = false, onChange }: Props) => (
  <FormControl disabled={disabled}>
    <FormControl.Label>{label}</FormControl.Label>
    <TextInput block type="datetime-local" value={value} onChange={(event) => onChange(event.target.value)} />
    {caption && <FormControl.Caption>{caption}</FormControl.Caption>}
  </FormControl>
);

/** Such a moment as the API takes it. */
export const momentOf = (value: string): string | undefined =>
  value === "" ? undefined : new Date(value).toISOString();
