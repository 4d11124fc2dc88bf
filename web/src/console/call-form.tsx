// The call form: place, complaint, two answers, and the order can go out; everything else may be filled in between.
import { useRef } from "preact/hooks";
import { choosePlace, clearPlace, closePanel, discardCall, finishCall, focusPlace, formError, placeMissing, placePending, saveCall, saving } from "../actions";
import { change, draft } from "../draft";
import { clock, wholeAge } from "../format";
import { inLanguage, t, word } from "../i18n";
import type { Channel } from "../protocol";
import { answerDraft, changeJudged, proposal } from "../proposal";
import { triage } from "../questions";
import { mapCentre, now } from "../state";
import { CHANNELS } from "../words";
import { AnswerField } from "./answer-field";
import { CategoryField } from "./category-field";
import { PlaceField } from "./place-field";
import { PriorityField } from "./priority-field";

function Since({ at }: { at: string }) {
  const ms = Date.parse(at);
  return <span class="t0 figure">{t("call.t0", { time: clock(ms) })} · {wholeAge((now.value - ms) / 1000)}</span>;
}

export function CallForm() {
  const complaint = useRef<HTMLInputElement>(null);
  const conscious = useRef<HTMLDivElement>(null);
  const breathing = useRef<HTMLDivElement>(null);
  const d = draft.value;
  if (!d) return null;

  const set = triage.value?.questions;
  const category = d.category ?? "other";
  const hintOf = (id: string) => {
    const hint = set?.questions.find((question) => question.id === id)?.hint;
    return hint && inLanguage(hint);
  };
  const onEnter = (next: () => void) => (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    next();
  };
  const toNext = (event: KeyboardEvent) => {
    const fields = [...(event.currentTarget as HTMLElement).closest("form")!.querySelectorAll<HTMLElement>("[data-order]")];
    fields[fields.indexOf(event.currentTarget as HTMLElement) + 1]?.focus();
  };
  const enterToNext = (event: KeyboardEvent) => onEnter(() => toNext(event))(event);

  return (
    <form class={d.drill ? "call-form is-drill" : "call-form"} aria-labelledby="call-title" onSubmit={(event) => { event.preventDefault(); finishCall(); }}>
      <h2 id="call-title">
        <kbd>F2</kbd> {t("call.new")} {d.drill && <span class="drill">{t("drill.badge")}</span>} <Since at={d.received_at} />
        <button type="button" class="quiet" onClick={closePanel} aria-label={t("call.close")} title={`${t("call.close")} (Esc)`}>×</button>
      </h2>
      <PlaceField id="call-place" value={d.query} chosen={d.place} focus={focusPlace.value} near={mapCentre.value} onText={(query) => change({ query })}
        onChoose={choosePlace} onClear={clearPlace} onAdvance={() => complaint.current?.focus()}
        onPending={() => (placePending.value = true)} onMissing={placeMissing} />
      <div class="pair">
        <label>{t("call.landmark")}
          <input data-order type="text" value={d.landmark} maxLength={200} placeholder={t("call.landmark_hint")} autocomplete="off"
            onInput={(event) => change({ landmark: event.currentTarget.value })} onKeyDown={enterToNext} />
        </label>
        <label>{t("call.phone")}
          <input data-order type="tel" value={d.phone} maxLength={40} placeholder="08…" autocomplete="off"
            onInput={(event) => change({ phone: event.currentTarget.value })} onKeyDown={enterToNext} />
        </label>
      </div>
      <div class="pair">
        <label>{t("call.name")}
          <input data-order type="text" value={d.name} maxLength={120} placeholder={t("call.optional")} autocomplete="off"
            onInput={(event) => change({ name: event.currentTarget.value })} onKeyDown={onEnter(() => complaint.current?.focus())} />
        </label>
        <label>{t("call.channel")}
          <select value={d.channel} onChange={(event) => change({ channel: event.currentTarget.value as Channel })}>
            {CHANNELS.map((channel) => <option key={channel} value={channel}>{word("channel", channel)}</option>)}
          </select>
        </label>
      </div>
      <CategoryField value={d.category} input={complaint} onChoose={(value) => changeJudged({ category: value })}
        onAdvance={() => conscious.current?.focus()} />
      <div class="questions">
        <AnswerField name="conscious" label={t("call.conscious")} hint={hintOf("conscious")} value={d.answers["conscious"] ?? null} group={conscious}
          onAnswer={(answer, byKey) => {
            answerDraft("conscious", answer);
            if (byKey) breathing.current?.focus();
          }} />
        <AnswerField name="breathing" label={t("call.breathing")} hint={hintOf("breathing")} value={d.answers["breathing"] ?? null} group={breathing}
          onAnswer={(answer, byKey) => {
            answerDraft("breathing", answer);
            if (byKey) finishCall();
          }} />
      </div>
      <PriorityField judgement={proposal.value} category={category} value={d.priority} onChoose={(priority) => change({ priority })} />
      <label class="wide-label"><span>{t("call.complaint")}</span>
        <input type="text" value={d.complaint} maxLength={500} placeholder={t("call.optional")} autocomplete="off"
          onInput={(event) => change({ complaint: event.currentTarget.value })} onKeyDown={onEnter(finishCall)} />
      </label>
      <p class="form-error" role="alert">{formError.value}</p>
      <div class="form-actions">
        <button type="submit" class="primary" disabled={saving.value}>{saving.value ? t("call.saving") : t("call.save")}</button>
        {!d.place && <button type="button" disabled={saving.value} onClick={() => void saveCall()}>{t("call.without_place")}</button>}
        <label class="switch"><input type="checkbox" role="switch" checked={d.drill} onChange={(event) => change({ drill: event.currentTarget.checked })} /> {t("call.drill")}</label>
        <button type="button" class="quiet" onClick={discardCall}>{t("call.discard")}</button>
      </div>
    </form>
  );
}
