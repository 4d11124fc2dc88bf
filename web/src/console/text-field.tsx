// A labelled line of text, as every small form has it.
import { useEffect, useRef } from "preact/hooks";

interface Props {
  label: string;
  value: string;
  most: number;
  onValue(value: string): void;
  required?: boolean;
  placeholder?: string;
  mode?: "text" | "tel" | "numeric";
  /** Takes the focus when it appears. */
  first?: boolean;
}

export function TextField({ label, value, most, onValue, required, placeholder, mode, first }: Props) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (first) input.current?.focus();
  }, []);
  return (
    <label>{label}
      <input ref={input} type="text" inputMode={mode ?? "text"} value={value} maxLength={most} required={required ?? false} placeholder={placeholder ?? ""}
        autocomplete="off" onInput={(event) => onValue(event.currentTarget.value)} />
    </label>
  );
}
