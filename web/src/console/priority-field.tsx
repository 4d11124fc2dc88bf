// The priority that the answers propose, with its reason, and the choice of a more urgent one.
import { inLanguage, t, word } from "../i18n";
import type { Category, Priority } from "../protocol";
import { mayChoose, type Judgement } from "../triage";
import { PRIORITIES } from "../words";

export function reasonOf(judgement: Judgement, category: Category): string {
  return judgement.rule ? inLanguage(judgement.rule.reason) : t("priority.default", { category: word("category", category) });
}

interface Props {
  judgement: Judgement | null;
  category: Category;
  value: Priority | null;
  onChoose(priority: Priority | null): void;
}

export function PriorityField({ judgement, category, value, onChoose }: Props) {
  const proposed = judgement?.priority ?? null;
  return (
    <div class="priority-field">
      <p class="proposal" data-proposal={proposed ?? undefined}>
        <span class="label" id="call-priority">{t("call.priority")}</span>
        {judgement && proposed && (
          <span class={`priority-${proposed}`}><b class="badge">{proposed}</b> {reasonOf(judgement, category)}</span>
        )}
      </p>
      <div class="segments" role="group" aria-labelledby="call-priority">
        {[null, ...PRIORITIES].map((priority: Priority | null) => {
          const lower = priority !== null && proposed !== null && !mayChoose(proposed, priority);
          return (
            <button key={priority ?? "auto"} type="button" aria-pressed={value === priority} disabled={lower} title={lower ? t("priority.lower_later") : undefined}
              class={priority ? `priority-${priority}` : ""} onClick={() => onChoose(priority)}>
              {priority ?? t("call.priority_auto")}
            </button>
          );
        })}
      </div>
    </div>
  );
}
