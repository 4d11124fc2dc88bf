// A labelled line of text, as every small form has it.
interface Props {
  label: string;
  value: string;
  most: number;
  onValue(value: string): void;
  required?: boolean;
  placeholder?: string;
  mode?: "text" | "tel" | "numeric";
}

export function TextField({ label, value, most, onValue, required, placeholder, mode }: Props) {
  return (
    <label>{label}
      <input type="text" inputMode={mode ?? "text"} value={value} maxLength={most} required={required ?? false} placeholder={placeholder ?? ""}
        autocomplete="off" onInput={(event) => onValue(event.currentTarget.value)} />
    </label>
  );
}
