// What can wait until a unit is ordered: the rest of the questions and the guidance, for the call being typed or the incident shown.
import { useRef, useState } from "preact/hooks";
import { api } from "../api";
import { attempt } from "../attempt";
import { draft } from "../draft";
import type { Answers, Incident } from "../protocol";
import { answerDraft, proposal } from "../proposal";
import { triage } from "../questions";
import { mayDispatch, room } from "../state";
import { FIRST_QUESTIONS, judge, questionsFor } from "../triage";
import { isOpen, isWaiting } from "../words";
import { GuidanceCards } from "./guidance";
import { Questions } from "./questions";

export function AfterCall() {
  const d = draft.value;
  const set = triage.value?.questions;
  if (!d || !set || d.category === null) return null;
  const category = d.category;
  const rest = questionsFor(set, category).filter((question) => !FIRST_QUESTIONS.includes(question.id));
  return (
    <div class="after-ranking">
      <Questions questions={rest} answers={d.answers} open onAnswer={answerDraft} />
      {proposal.value && <GuidanceCards category={category} judgement={proposal.value} />}
    </div>
  );
}

/** Answers go out one after the other, each with all that were given before it. */
function useAnswers(incident: Incident): [Answers, (question: string, answer: Answers[string]) => void] {
  const [given, setGiven] = useState<Answers>({});
  const all = useRef<Answers>({});
  const line = useRef<Promise<unknown>>(Promise.resolve());
  const answers = { ...incident.answers, ...given };
  all.current = answers;
  return [answers, (question, answer) => {
    const next = { ...all.current, [question]: answer };
    all.current = next;
    setGiven((before) => ({ ...before, [question]: answer }));
    line.current = line.current.then(() => attempt(api.details(incident.id, { answers: next })));
  }];
}

function Asked({ incident }: { incident: Incident }) {
  const [answers, answer] = useAnswers(incident);
  const [open] = useState(isWaiting(incident) || incident.assignments.every((each) => each.times.acknowledged === null));
  const set = triage.value?.questions;
  if (!set) return null;
  return (
    <div class="after-ranking">
      <Questions questions={questionsFor(set, incident.category)} answers={answers} open={open} onAnswer={answer} />
      {open && <GuidanceCards category={incident.category} judgement={judge(set, incident.category, answers)} />}
    </div>
  );
}

export function AfterIncident({ id }: { id: string }) {
  const incident = room.value.incidents.get(id);
  if (!incident || !isOpen(incident) || !mayDispatch.value) return null;
  return <Asked incident={incident} />;
}
