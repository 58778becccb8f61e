import { FormControl, Radio, RadioGroup } from "@primer/react";

interface RadiosProps<T extends string> {
  name: string;
  label: string;
  value: T;
  options: readonly (readonly [value: T, name: string, caption: string])[];
  onChange(value: NoInfer<T>): void;
}

/** One of a few, each with its explanation. */
export const Radios = <T extends string>({ name, label, value, options, onChange }: RadiosProps<T>) => (
  <RadioGroup name={name}>
    <RadioGroup.Label>{label}</RadioGroup.Label>
    {options.map(([one, text, caption]) => (
      <FormControl key={one}>
        <Radio value={one} checked={one === value} onChange={() => onChange(one)} />
        <FormControl.Label>{text}</FormControl.Label>
        <FormControl.Caption>{caption}</FormControl.Caption>
      </FormControl>
    ))}
  </RadioGroup>
);
