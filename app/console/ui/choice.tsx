export interface ChoiceProps {
  label: string;
  value: string;
  options: readonly (readonly [value: string, name: string])[];
  disabled?: boolean;
  onChange(value: string): void;
}

/** One of a few. */
export const Choice = ({ label, value, options, disabled = false, onChange }: ChoiceProps) => (
  <select
    className="choice"
    aria-label={label}
    value={value}
    disabled={disabled}
    onChange={(event) => onChange(event.target.value)}
  >
    {options.map(([one, name]) => (
      <option key={one} value={one}>
        {name}
      </option>
    ))}
  </select>
);
