// One question of the call with three answers: Y, T (N in English), or Enter for "not known".
import type { Ref } from "preact";
import { language, t } from "../i18n";
import type { Answer } from "../protocol";

const ANSWERS: readonly Answer[] = ["yes", "no", "unknown"];

/** The answer a key gives; both languages' letters work in both languages. */
export function answerOf(key: string): Answer | null {
  switch (key.toLowerCase()) {
    case "y": return "yes";
    case "t":
    case "n": return "no";
    case "-":
    case "0":
    case "enter": return "unknown";
    default: return null;
  }
}

interface Props {
  label: string;
  name: string;
  hint?: string | undefined;
  /** A long question, above its answers' line when there is no room beside it. */
  wide?: boolean;
  value: Answer | null;
  group?: Ref<HTMLDivElement>;
  onAnswer(answer: Answer, byKey: boolean): void;
}

export function AnswerField({ label, name, hint, wide, value, group, onAnswer }: Props) {
  const letters: Record<Answer, string> = { yes: "Y", no: language.value === "id" ? "T" : "N", unknown: "–" };
  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const at = value === null ? (step > 0 ? -1 : 0) : ANSWERS.indexOf(value);
      onAnswer(ANSWERS[(at + step + 3) % 3]!, false);
      return;
    }
    const answer = event.key === "Enter" && value !== null ? value : answerOf(event.key);
    if (!answer) return;
    event.preventDefault();
    event.stopPropagation();
    onAnswer(answer, true);
  }
  return (
    <div class={wide ? "answer-field is-wide" : "answer-field"}>
      <span class="label" id={`${name}-label`} title={hint}>{label}{wide && hint && <span class="hint"> {hint}</span>}</span>
      <div ref={group ?? null} role="radiogroup" class="answers" tabIndex={0} aria-labelledby={`${name}-label`} onKeyDown={onKeyDown} data-answer={name}>
        {ANSWERS.map((answer) => (
          <button key={answer} type="button" role="radio" tabIndex={-1} aria-checked={value === answer} onClick={() => onAnswer(answer, true)}>
            <kbd>{letters[answer]}</kbd> <span class={`answer-${answer}`}>{t(`answer.${answer}`)}</span>
          </button>
        ))}
      </div>
    </div>
  );
}
