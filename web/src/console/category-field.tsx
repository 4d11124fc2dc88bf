// The complaint by two letters and Enter, or by a click.
import type { Ref } from "preact";
import { useState } from "preact/hooks";
import { language, t, word } from "../i18n";
import { matchCode } from "../keys";
import type { Category } from "../protocol";
import { CATEGORIES } from "../words";

interface Props {
  value: Category | null;
  input: Ref<HTMLInputElement>;
  onChoose(category: Category): void;
  onAdvance(): void;
}

export function CategoryField({ value, input, onChoose, onAdvance }: Props) {
  const [typed, setTyped] = useState("");
  const [focused, setFocused] = useState(false);
  void language.value;
  const choices = CATEGORIES.map((category) => ({ value: category, code: word("code", category), label: word("category", category) }));
  const fit = matchCode(typed, choices);

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (typed === "" && value === null) onChoose("other");
    if (typed === "" || fit) onAdvance();
  }

  return (
    <fieldset class="category-field">
      <legend><label for="call-category">{t("call.category")}</label></legend>
      <div class="category-line">
        <input ref={input} id="call-category" type="text" autocomplete="off" spellcheck={false} maxLength={12} value={typed} size={4}
          placeholder={value ? word("code", value) : "··"} aria-describedby="call-category-fit"
          onInput={(event) => {
            const text = event.currentTarget.value;
            setTyped(text);
            const next = matchCode(text, choices);
            if (next) onChoose(next);
          }}
          onKeyDown={onKeyDown} onFocus={() => setFocused(true)} onBlur={() => { setTyped(""); setFocused(false); }} />
        <output id="call-category-fit" class={value ? "fit" : "fit dim"}>{value ? word("category", value) : t("call.category_hint")}</output>
      </div>
      <div class="category-grid" hidden={value !== null && !focused} onMouseDown={(event) => event.preventDefault()}>
        {choices.map((choice) => (
          <button key={choice.value} type="button" tabIndex={-1} aria-pressed={value === choice.value} title={choice.label}
            onClick={() => {
              onChoose(choice.value);
              onAdvance();
            }}>
            <kbd>{choice.code}</kbd> {choice.label}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
