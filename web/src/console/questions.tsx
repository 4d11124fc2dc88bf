// The questions of a call's category, one line each, in the order of asking; answering moves on to the next.
import { useRef } from "preact/hooks";
import { inLanguage, t } from "../i18n";
import type { Answer, Answers, Question } from "../protocol";
import { answered } from "../triage";
import { AnswerField } from "./answer-field";

interface Props {
  questions: readonly Question[];
  answers: Answers;
  open: boolean;
  onAnswer(question: string, answer: Answer): void;
}

export function Questions({ questions, answers, open, onAnswer }: Props) {
  const list = useRef<HTMLDivElement>(null);
  if (questions.length === 0) return null;
  function answer(question: string, given: Answer, byKey: boolean) {
    onAnswer(question, given);
    if (!byKey) return;
    const groups = [...(list.current?.querySelectorAll<HTMLElement>("[data-answer]") ?? [])];
    groups[groups.findIndex((group) => group.dataset["answer"] === question) + 1]?.focus();
  }
  return (
    <details class="more-questions" open={open} data-questions={questions.length}>
      <summary>
        <kbd>F8</kbd> {t("questions.title")}
        <span class="figure dim"> {t("questions.answered", { n: answered(questions, answers), all: questions.length })}</span>
      </summary>
      <div class="question-list" ref={list}>
        {questions.map((question) => (
          <AnswerField key={question.id} name={question.id} label={inLanguage(question.text)} hint={question.hint && inLanguage(question.hint)} wide
            value={answers[question.id] ?? null} onAnswer={(given, byKey) => answer(question.id, given, byKey)} />
        ))}
      </div>
    </details>
  );
}

/** To the first question that nobody has answered; its list opens when it is closed. */
export function focusQuestions(): void {
  const list = document.querySelector<HTMLDetailsElement>(".more-questions");
  if (!list) return;
  list.open = true;
  const open = list.querySelector<HTMLElement>("[data-answer]:not(:has([aria-checked=true]))");
  (open ?? list.querySelector<HTMLElement>("[data-answer]"))?.focus();
  list.scrollIntoView({ block: "nearest" });
}
