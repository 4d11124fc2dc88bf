// The call form: place, complaint, two answers, and the order can go out; everything else may be filled in between.
import { useRef } from "preact/hooks";
import { choosePlace, clearPlace, closePanel, discardCall, finishCall, focusPlace, formError, placeMissing, placePending, saveCall, saving } from "../actions";
import { change, draft } from "../draft";
import { clock, wholeAge } from "../format";
import { t, word } from "../i18n";
import type { Answer, Channel, Priority } from "../protocol";
import { now } from "../state";
import { CHANNELS, PRIORITIES } from "../words";
import { AnswerField } from "./answer-field";
import { CategoryField } from "./category-field";
import { PlaceField } from "./place-field";

function Since({ at }: { at: string }) {
  const ms = Date.parse(at);
  return <span class="t0 figure">{t("call.t0", { time: clock(ms) })} · {wholeAge((now.value - ms) / 1000)}</span>;
}

export function CallForm() {
  const category = useRef<HTMLInputElement>(null);
  const conscious = useRef<HTMLDivElement>(null);
  const breathing = useRef<HTMLDivElement>(null);
  const d = draft.value;
  if (!d) return null;

  function onBreathing(answer: Answer, byKey: boolean) {
    change({ breathing: answer });
    if (byKey) finishCall();
  }
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
    <form class="call-form" aria-labelledby="call-title" onSubmit={(event) => { event.preventDefault(); finishCall(); }}>
      <h2 id="call-title">
        <kbd>F2</kbd> {t("call.new")} <Since at={d.received_at} />
        <button type="button" class="quiet" onClick={closePanel} aria-label={t("call.close")} title={`${t("call.close")} (Esc)`}>×</button>
      </h2>
      <PlaceField id="call-place" value={d.query} chosen={d.place} focus={focusPlace.value} onText={(query) => change({ query })}
        onChoose={choosePlace} onClear={clearPlace} onAdvance={() => category.current?.focus()}
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
            onInput={(event) => change({ name: event.currentTarget.value })} onKeyDown={onEnter(() => category.current?.focus())} />
        </label>
        <label>{t("call.channel")}
          <select value={d.channel} onChange={(event) => change({ channel: event.currentTarget.value as Channel })}>
            {CHANNELS.map((channel) => <option key={channel} value={channel}>{word("channel", channel)}</option>)}
          </select>
        </label>
      </div>
      <CategoryField value={d.category} input={category} onChoose={(value) => change({ category: value })}
        onAdvance={() => conscious.current?.focus()} />
      <div class="questions">
        <AnswerField name="conscious" label={t("call.conscious")} value={d.conscious} group={conscious}
          onAnswer={(answer, byKey) => {
            change({ conscious: answer });
            if (byKey) breathing.current?.focus();
          }} />
        <AnswerField name="breathing" label={t("call.breathing")} value={d.breathing} group={breathing} onAnswer={onBreathing} />
      </div>
      <label class="wide-label"><span>{t("call.complaint")}</span>
        <input type="text" value={d.complaint} maxLength={500} placeholder={t("call.optional")} autocomplete="off"
          onInput={(event) => change({ complaint: event.currentTarget.value })} onKeyDown={onEnter(finishCall)} />
      </label>
      <div class="priority-line">
        <span class="label" id="call-priority">{t("call.priority")}</span>
        <div class="segments" role="group" aria-labelledby="call-priority">
          {[null, ...PRIORITIES].map((priority: Priority | null) => (
            <button key={priority ?? "auto"} type="button" aria-pressed={d.priority === priority} class={priority ? `priority-${priority}` : ""}
              onClick={() => change({ priority })}>
              {priority ?? t("call.priority_auto")}
            </button>
          ))}
        </div>
      </div>
      <p class="form-error" role="alert">{formError.value}</p>
      <div class="form-actions">
        <button type="submit" class="primary" disabled={saving.value}>{saving.value ? t("call.saving") : t("call.save")}</button>
        {!d.place && <button type="button" disabled={saving.value} onClick={() => void saveCall()}>{t("call.without_place")}</button>}
        <button type="button" class="quiet" onClick={discardCall}>{t("call.discard")}</button>
      </div>
    </form>
  );
}
