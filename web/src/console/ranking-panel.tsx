// The ranked units: estimated arrival with its basis, why, and how old the position is. Digits assign while the list has the focus.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { assign, assignRanked, assigning, saving } from "../actions";
import { answering } from "../aid-actions";
import { metresBetween } from "../destinations";
import { countByReason, divertibleOf, inReasonOrder, type Divertible as DivertibleUnit } from "../exclusions";
import { facilities } from "../facilities";
import { distance, eta, shortUnit, wholeAge } from "../format";
import { t, word } from "../i18n";
import { UnitShape, Warn } from "../icons";
import type { Candidate, Excluded } from "../protocol";
import { focusRanking, rankAgain, ranking, rankingNotice, type RankingFor } from "../ranking";
import { hello, mayDispatch, now, placeOf, room, selectedUnit } from "../state";
import { isFree, shapeOf } from "../words";

/** Reasons of the same kind are many; a fold-out shows this many units at first. */
const EXCLUDED_SHOWN = 40;
/** A diversion waits this long for its second press. */
const CONFIRM_MS = 6000;

interface RowProps { candidate: Candidate; n: number; active: boolean; ready: boolean; age_s: number; asked: boolean }

function Row({ candidate, n, active, ready, age_s, asked }: RowProps) {
  const unit = room.value.units.get(candidate.unit);
  const taken = unit !== undefined && !isFree(unit);
  const fix = candidate.fix_age_s === null ? null : candidate.fix_age_s + age_s;
  const old = fix === null || fix > (hello.value?.stale_after_s ?? 60) + 5;
  const busy = assigning.value === candidate.unit;
  return (
    <li id={`rank-${n}`} role="option" aria-selected={active} aria-disabled={taken || undefined} data-candidate={candidate.unit}
      class={`rank-row ${active ? "is-active" : ""} ${taken ? "is-taken" : ""} ${busy ? "is-busy" : ""}`}
      onClick={() => ready && assignRanked(n)} onMouseEnter={() => (selectedUnit.value = candidate.unit)}
      title={mayDispatch.value ? t("ranking.assign", { unit: candidate.unit }) : undefined}>
      <kbd>{n + 1}</kbd>
      <span class="rank-unit">
        <span class="rank-name"><UnitShape shape={shapeOf(unit?.state ?? "available_at_post")} stale={old} /> {shortUnit(candidate.unit)}{asked && <b class="chip small" data-asked> {t("aid.this_one")}</b>}</span>
        <span class="dim">{candidate.reasons.join(" · ")}</span>
      </span>
      <span class="rank-eta figure">
        <b>{eta(candidate.eta_s)}</b>
        {candidate.uncertainty_s !== null && candidate.uncertainty_s >= 60 && <i> {t("ranking.uncertain", { age: eta(candidate.uncertainty_s) })}</i>}
        <span class="dim">{distance(candidate.distance_m)} {word("basis", candidate.basis)}</span>
      </span>
      {taken && <span class="rank-note">{t("ranking.now_busy")}</span>}
      {!taken && old && <span class="rank-note"><Warn size={12} /> {fix === null ? t("ranking.post") : t("unit.stale", { age: wholeAge(fix) })}</span>}
    </li>
  );
}

/** From the unit to the incident, as the crow flies. */
function metresFrom(target: RankingFor, code: string): number | null {
  const place = target.kind === "incident" ? room.peek().incidents.get(target.id)?.place : target;
  const unit = room.peek().units.get(code);
  const from = unit && placeOf(unit);
  return place && from ? metresBetween(from, place) : null;
}

/** Why units are left out, most telling first: "1 menolak, 12 bertugas". */
function ExcludedList({ excluded }: { excluded: Excluded[] }) {
  const groups = inReasonOrder(excluded);
  const summary = countByReason(excluded).map(([code, n]) => `${n} ${word("exclusion", code)}`).join(", ");
  return (
    <details class="excluded">
      <summary>{t("ranking.excluded", { n: excluded.length })}: {summary}</summary>
      <ul>
        {groups.slice(0, EXCLUDED_SHOWN).map((each) => (
          <li key={each.unit} data-excluded={each.code}><b>{shortUnit(each.unit)}</b> <span class="dim">{each.reason}</span></li>
        ))}
        {excluded.length > EXCLUDED_SHOWN && <li class="dim">{t("ranking.more", { n: excluded.length - EXCLUDED_SHOWN })}</li>}
      </ul>
    </details>
  );
}

/** Units on their way to something less urgent: a second press takes one from there. */
function Divertible({ units, armed, onPress }: { units: readonly DivertibleUnit[]; armed: string | null; onPress(unit: string): void }) {
  if (units.length === 0) return null;
  return (
    <div class="divertible">
      <h4>{t("divert.title")}</h4>
      <ul>
        {units.map((each, n) => (
          <li key={each.unit}>
            <button type="button" class={armed === each.unit ? "danger" : ""} data-divert={each.unit} data-armed={armed === each.unit || undefined} onClick={() => onPress(each.unit)}>
              {n === 0 && <kbd>D</kbd>} <b>{shortUnit(each.unit)}</b> <span class="figure">{distance(each.metres)}</span> <span class="dim">{armed === each.unit ? t("divert.confirm") : each.reason}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What the list is for; the same word again is the same list. */
const subject = (target: RankingFor) =>
  target.kind === "place" ? "place" : `${target.kind}/${target.id}/${target.kind === "referral" ? target.pick_up : ""}`;

const requestFor = (target: RankingFor) => (target.kind === "aid" ? room.value.aid_requests.find((each) => each.id === target.id) : undefined);

/** For which place the list was made, where it is not the incident's own. */
function Purpose({ target, excluded }: { target: RankingFor; excluded: readonly Excluded[] }) {
  const named = (id: string | null) => facilities.value.find((facility) => facility.id === id)?.name ?? t("destination.none");
  if (target.kind === "referral") return <p class="rank-for" data-rank-for={target.pick_up}>{t("referral.legs", { from: named(target.pick_up), to: named(target.to) })}</p>;
  const request = requestFor(target);
  if (!request) return null;
  const why = excluded.find((each) => each.unit === request.unit)?.reason;
  return (
    <p class="rank-for">
      {t("aid.ranking_for", { area: request.area_name, unit: shortUnit(request.unit) })}{why && <span class="missing"> ({why})</span>}
    </p>
  );
}

export function RankingPanel() {
  const list = useRef<HTMLUListElement>(null);
  const [active, setActive] = useState(0);
  const current = ranking.value;
  const wish = focusRanking.value;
  const handled = useRef(wish);
  const target = current ? subject(current.for) : "";

  useEffect(() => {
    setActive(0);
  }, [target]);
  useLayoutEffect(() => {
    if (wish === handled.current) return;
    // A wish for a list that is not there is forgotten: it must not take the focus from a field later.
    handled.current = wish;
    list.current?.focus();
    list.current?.scrollIntoView({ block: "nearest" });
  }, [wish]);

  const [armed, setArmed] = useState<string | null>(null);
  useEffect(() => {
    if (armed === null) return;
    const timer = setTimeout(() => setArmed(null), CONFIRM_MS);
    return () => clearTimeout(timer);
  }, [armed]);

  if (!current) return null;
  const divertible = divertibleOf(current.list?.excluded ?? [], current.list?.candidates[0]?.distance_m ?? null, (code) => metresFrom(current.for, code));
  const candidates = current.list?.candidates.slice(0, 9) ?? [];
  const asked = requestFor(current.for)?.unit;
  // A digit already counts while the call is on its way to the server; before that the list is only a preview.
  const ready = mayDispatch.value && (current.for.kind !== "place" || saving.value);
  const age_s = Math.max(0, (performance.now() - current.at) / 1000);
  void now.value;

  function divert(unit: string | undefined) {
    if (!ready || unit === undefined || current?.for.kind !== "incident") return;
    if (armed !== unit) return setArmed(unit);
    setArmed(null);
    void assign(current.for.id, unit, { divert: true });
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = Math.max(0, Math.min(candidates.length - 1, active + (event.key === "ArrowDown" ? 1 : -1)));
      setActive(next);
      selectedUnit.value = candidates[next]?.unit ?? null;
    } else if (/^[1-9]$/.test(event.key)) {
      event.preventDefault();
      if (ready) assignRanked(Number(event.key) - 1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (ready) assignRanked(active);
    } else if (event.key.toLowerCase() === "d") {
      event.preventDefault();
      divert(divertible[0]?.unit);
    } else if (event.key.toLowerCase() === "r") {
      event.preventDefault();
      rankAgain();
    }
  }

  return (
    <section class={`ranking ${ready ? "is-ready" : "is-preview"}`} aria-labelledby="ranking-title" data-ranking={ready ? "ready" : "preview"}>
      <h3 id="ranking-title">
        <kbd>F4</kbd> {t("ranking.title")}
        <span class="dim">{current.loading ? t("ranking.loading") : ready ? t("ranking.instruction") : t("ranking.preview")}</span>
        <button type="button" class="quiet" onClick={rankAgain} title={t("ranking.refresh")} aria-label={t("ranking.refresh")}>R</button>
      </h3>
      <Purpose target={current.for} excluded={current.list?.excluded ?? []} />
      {rankingNotice.value && <p class="form-error shake" role="alert">{rankingNotice.value}</p>}
      {current.error && <p class="form-error" role="alert">{current.error}</p>}
      {answering.value && <p class="dim" role="status">{t("aid.answering")}</p>}
      {assigning.value && <p class="dim" role="status">{t("assigned.sending", { unit: shortUnit(assigning.value) })}</p>}
      {ready && <Divertible units={divertible} armed={armed} onPress={divert} />}
      <ul ref={list} class="rank-list" role="listbox" tabIndex={0} aria-labelledby="ranking-title" onKeyDown={onKeyDown}
        aria-activedescendant={candidates.length > 0 ? `rank-${active}` : undefined}>
        {candidates.length === 0
          ? <li role="option" aria-selected="false" aria-disabled="true" class="empty">{current.loading || !current.list ? t("ranking.loading") : t("ranking.empty")}</li>
          : candidates.map((candidate, n) => (
            <Row key={candidate.unit} candidate={candidate} asked={candidate.unit === asked} n={n} active={n === active} ready={ready} age_s={age_s} />
          ))}
      </ul>
      {current.list && current.list.excluded.length > 0 && <ExcludedList excluded={current.list.excluded} />}
    </section>
  );
}
