// One incident: what is known of it, who is on the way, how it ends, what has happened.
import { useEffect, useRef, useState } from "preact/hooks";
import { closeIncident, closePanel } from "../actions";
import { api, sentence } from "../api";
import { clock, coordinates, dayAndTime, distance } from "../format";
import { t, word } from "../i18n";
import { Phone, Target } from "../icons";
import type { Ending, Incident, PlaceHit, TimelineEntry } from "../protocol";
import { endRanking, rankIncident, ranking } from "../ranking";
import { mayDispatch, room, say, show } from "../state";
import { ENDINGS, isOpen, isWaiting } from "../words";
import { AssignmentCard } from "./assignment";
import { PlaceField } from "./place-field";
import { IncidentClock, placeName } from "./queue";
import { Timeline } from "./timeline";

/** Ranks units for an incident that waits for one, and forgets the ranking when it no longer does. */
function useRanking(incident: Incident | undefined): void {
  const id = incident?.id ?? null;
  const wants = incident !== undefined && mayDispatch.value && isWaiting(incident) && incident.place !== null;
  const where = incident?.place ? `${incident.place.lat},${incident.place.lon}` : "";
  const before = useRef(where);
  useEffect(() => {
    if (id === null || !wants) return;
    const current = ranking.peek()?.for;
    const same = current?.kind === "incident" && current.id === id && before.current === where;
    before.current = where;
    if (!same) void rankIncident(id);
    return () => {
      const last = ranking.peek()?.for;
      if (last?.kind === "incident" && last.id === id) endRanking();
    };
  }, [id, wants, where]);
}

function Facts({ incident }: { incident: Incident }) {
  const { place, caller } = incident;
  const rows: [string, preact.ComponentChildren][] = [
    [t("incident.place"), (
      <span>
        {placeName(incident)}
        {place && <span class="dim"> {place.uncertainty_m ? t("incident.uncertainty", { distance: distance(place.uncertainty_m) }) : ""} · {coordinates(place.lat, place.lon)}</span>}
        {place && <button type="button" class="quiet" onClick={() => show(place.lat, place.lon, 13)} aria-label={t("unit.show")} title={t("unit.show")}><Target /></button>}
      </span>
    )],
  ];
  if (incident.landmark) rows.push([t("incident.landmark"), incident.landmark]);
  if (caller && (caller.name || caller.phone)) {
    rows.push([t("incident.caller"), <span>{caller.name} {caller.phone && <a href={`tel:${caller.phone.replace(/[^+\d]/g, "")}`}><Phone /> {caller.phone}</a>}</span>]);
  }
  if (incident.complaint) rows.push([t("incident.complaint"), incident.complaint]);
  rows.push([t("incident.received"), <span class="figure">{clock(Date.parse(incident.received_at))} <span class="dim">{word("channel", incident.channel)}</span></span>]);
  if (incident.ended_at) rows.push([t("incident.ended"), <span class="figure">{dayAndTime(Date.parse(incident.ended_at))}</span>]);
  if (incident.disposition) rows.push([t("incident.disposition"), word("disposition", incident.disposition)]);
  return (
    <dl class="facts">
      {rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

function SetPlace({ incident }: { incident: Incident }) {
  const [text, setText] = useState("");
  async function choose(hit: PlaceHit) {
    try {
      await api.place(
        incident.id,
        hit.kind === "village" && hit.village
          ? { village: hit.village.code }
          : { lat: hit.lat, lon: hit.lon, ...(hit.uncertainty_m !== null ? { uncertainty_m: hit.uncertainty_m } : {}) },
      );
      show(hit.lat, hit.lon, 11.5);
    } catch (thrown) {
      say("error", sentence(thrown));
    }
  }
  return (
    <PlaceField id="incident-place" value={text} chosen={null} focus={0} onText={setText} onChoose={(hit) => void choose(hit)}
      onClear={() => setText("")} onAdvance={() => undefined} />
  );
}

export function IncidentHead({ id }: { id: string }) {
  const incident = room.value.incidents.get(id);
  const title = useRef<HTMLHeadingElement>(null);
  useRanking(incident);
  useEffect(() => {
    if (!document.activeElement || document.activeElement === document.body) title.current?.focus();
  }, [id, ranking.value === null]);
  if (!incident) return <p class="empty">{room.value.seq < 0 ? t("ranking.loading") : t("incident.gone")}</p>;
  return (
    <div class={`incident-head priority-${incident.priority}`} data-incident={incident.id} data-state={incident.state}>
      <h2 ref={title} tabIndex={-1}>
        <b class="badge">{incident.priority}</b>
        <span class="case">{incident.case_number}</span>
        <span>{word("category", incident.category)}</span>
        <button type="button" class="quiet" onClick={closePanel} aria-label={t("incident.back")} title={t("incident.back")}>×</button>
      </h2>
      <p class="incident-state">
        <span class="state-word">{word("incident_state", incident.state)}</span>
        <IncidentClock incident={incident} />
        <span class="dim">{t("incident.target", { n: incident.target_s / 60 })}</span>
      </p>
      <Facts incident={incident} />
      {incident.place === null && isOpen(incident) && mayDispatch.value && <SetPlace incident={incident} />}
    </div>
  );
}

function Ending({ incident }: { incident: Incident }) {
  const [as, setAs] = useState<Ending>(incident.assignments.length > 0 ? "completed" : "solved_by_phone");
  const [reason, setReason] = useState("");
  return (
    <details class="ending">
      <summary>{t("incident.close")}</summary>
      <form onSubmit={(event) => { event.preventDefault(); void closeIncident(incident, as, reason.trim() || undefined); }}>
        <label>{t("incident.close_as")}
          <select value={as} onChange={(event) => setAs(event.currentTarget.value as Ending)}>
            {ENDINGS.map((each) => <option key={each} value={each}>{word("disposition", each)}</option>)}
          </select>
        </label>
        <label>{t("incident.close_reason")}
          <input type="text" value={reason} maxLength={200} placeholder={t("call.optional")} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <button type="submit" class="danger">{t("incident.close_submit")}</button>
      </form>
    </details>
  );
}

function useTimeline(id: string, version: number): { entries: TimelineEntry[] | null; error: string | null } {
  const [state, setState] = useState<{ entries: TimelineEntry[] | null; error: string | null }>({ entries: null, error: null });
  useEffect(() => {
    const stop = new AbortController();
    api.incident(id, stop.signal).then(
      (incident) => setState({ entries: incident.timeline ?? [], error: null }),
      (thrown: unknown) => !stop.signal.aborted && setState((last) => ({ ...last, error: sentence(thrown) })),
    );
    return () => stop.abort();
  }, [id, version]);
  return state;
}

export function IncidentDetails({ id }: { id: string }) {
  const incident = room.value.incidents.get(id);
  const timeline = useTimeline(id, incident?.version ?? 0);
  const [adding, setAdding] = useState(false);
  if (!incident) return null;
  const assignments = [...incident.assignments].reverse();
  const ranked = ranking.value !== null;
  return (
    <div class="incident-details">
      <section aria-labelledby="assignments-title">
        <h3 id="assignments-title">{t("incident.assignments")}</h3>
        {assignments.length === 0 && <p class="dim">{t("incident.no_assignment")}</p>}
        {assignments.map((assignment) => <AssignmentCard key={assignment.id} assignment={assignment} />)}
        {mayDispatch.value && isOpen(incident) && !isWaiting(incident) && incident.place && !ranked && (
          <button type="button" class="quiet" disabled={adding}
            onClick={() => { setAdding(true); void rankIncident(id).finally(() => setAdding(false)); }}>+ {t("incident.add_unit")}</button>
        )}
      </section>
      {mayDispatch.value && isOpen(incident) && <Ending incident={incident} />}
      <section aria-labelledby="timeline-title" class="timeline-section">
        <h3 id="timeline-title">{t("incident.timeline")}</h3>
        {timeline.error && <p class="form-error">{timeline.error}</p>}
        {timeline.entries && <Timeline entries={timeline.entries} />}
      </section>
    </div>
  );
}
