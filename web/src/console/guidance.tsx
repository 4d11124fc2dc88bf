// First aid to read out until the crew is there: the cards that fit the judgement, and whether a doctor has signed them.
import { inLanguage, t } from "../i18n";
import { Warn } from "../icons";
import type { Category } from "../protocol";
import { triage } from "../questions";
import { cardsFor, isApproved, type Judgement } from "../triage";

export function GuidanceCards({ category, judgement }: { category: Category; judgement: Judgement }) {
  const guidance = triage.value?.guidance;
  const cards = guidance ? cardsFor(guidance, category, judgement) : [];
  if (!guidance || cards.length === 0) return null;
  return (
    <section class="guidance" aria-labelledby="guidance-title">
      <h3 id="guidance-title">{t("guidance.title")} <span class="dim">{guidance.version}</span></h3>
      {!isApproved(guidance, cards) && <p class="sample" data-sample><Warn /> {inLanguage(guidance.note)}</p>}
      {cards.map((card, n) => (
        <details key={card.id} class="card-guide" open={n === 0} data-card-guide={card.id}>
          <summary>{inLanguage(card.title)}</summary>
          <ol>{card.steps.map((step, at) => <li key={at}>{inLanguage(step)}</li>)}</ol>
        </details>
      ))}
    </section>
  );
}
