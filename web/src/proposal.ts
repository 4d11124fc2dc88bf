// The priority that follows from the draft's answers, kept beside the draft at every change.
import { computed } from "@preact/signals";
import { change, draft, type Draft } from "./draft";
import type { Answer } from "./protocol";
import { triage } from "./questions";
import { judge, mayChoose, type Judgement } from "./triage";

/** Null while the question set is not there; the server judges in any case. */
export const proposal = computed<Judgement | null>(() => {
  const set = triage.value?.questions;
  const current = draft.value;
  return set && current ? judge(set, current.category ?? "other", current.answers) : null;
});

/** Changes what the proposal rests on; a chosen priority that has become too low is dropped. */
export function changeJudged(part: Partial<Draft>): void {
  change(part);
  const chosen = draft.peek()?.priority;
  const judgement = proposal.peek();
  if (chosen && judgement && !mayChoose(judgement.priority, chosen)) change({ priority: null });
}

export function answerDraft(question: string, answer: Answer): void {
  changeJudged({ answers: { ...draft.peek()?.answers, [question]: answer } });
}
