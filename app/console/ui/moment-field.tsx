import { FormControl, TextInput } from "@primer/react";
import { absolute } from "./times.ts";

/** The last moment that can be typed: browsers otherwise take years of six digits, which are no dates to `Date`. */
const LAST = "9999-12-31T23:59";

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
    <TextInput
      block
      type="datetime-local"
      max={LAST}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
    {caption && <FormControl.Caption>{caption}</FormControl.Caption>}
  </FormControl>
);

/** Returns the field's value as the API takes it; undefined where it is no moment. */
export function momentOf(value: string): string | undefined {
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/**
 * Returns a moment of the API as the field has it; empty where it is none. Back and forth nothing may change, else the
 * field is set anew while a year is typed. Offsets of early years have seconds, which `getTimezoneOffset` leaves out.
 */
export const fieldValueOf = (moment: string): string =>
  Number.isNaN(Date.parse(moment)) ? "" : absolute(moment).replace(" ", "T").slice(0, -":00".length);
