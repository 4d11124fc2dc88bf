// The questions to a caller and what the answers mean: the same judgement as the server's, so that it stands beside the form at once. Pure.
import type { Answers, Category, Guidance, GuidanceCard, Priority, Question, QuestionSet, Rule } from "./protocol";

/** Asked first of every caller. */
export const FIRST_QUESTIONS: readonly string[] = ["conscious", "breathing"];
/** Stands for the category's default where a card names its rules. */
const DEFAULT_RULE = "default";

export interface Judgement {
  priority: Priority;
  /** The rule that decided; null when the category's default did. */
  rule: Rule | null;
}

const isFor = (categories: readonly Category[] | undefined, category: Category) => categories === undefined || categories.includes(category);

/** In the order of asking; consciousness and breathing come first whatever the set says. */
export function questionsFor(set: QuestionSet, category: Category | null): Question[] {
  const asked = set.questions.filter((question) => (category === null ? question.categories === undefined : isFor(question.categories, category)));
  const first = FIRST_QUESTIONS.flatMap((id) => asked.filter((question) => question.id === id));
  return [...first, ...asked.filter((question) => !first.includes(question))];
}

/** The first rule that fits decides; what is not asked in a category does not count there. */
export function judge(set: QuestionSet, category: Category, answers: Answers): Judgement {
  const asked = new Set(questionsFor(set, category).map((question) => question.id));
  const rule = set.rules.find(
    (each) => isFor(each.categories, category) && asked.has(each.when.question) && each.when.is.includes(answers[each.when.question] ?? "unknown"),
  );
  return rule ? { priority: rule.priority, rule } : { priority: set.defaults[category], rule: null };
}

/** A call taker may make it more urgent; less urgent needs a reason and an incident to write it on. */
export function mayChoose(proposed: Priority, wanted: Priority): boolean {
  return wanted <= proposed;
}

/** The cards for a judgement, in the order of showing. */
export function cardsFor(guidance: Guidance, category: Category, judgement: Judgement): GuidanceCard[] {
  const rule = judgement.rule?.id ?? DEFAULT_RULE;
  return guidance.cards.filter((card) => isFor(card.categories, category) && card.rules.includes(rule));
}

/** Whether a doctor has signed everything that is shown. */
export function isApproved(guidance: Guidance, cards: readonly GuidanceCard[]): boolean {
  return guidance.approved_by !== null && cards.every((card) => card.approved);
}

/** How many of the questions have been asked; "not known" is an answer too. */
export function answered(questions: readonly Question[], answers: Answers): number {
  return questions.filter((question) => answers[question.id] !== undefined).length;
}
