// One incident: what is known of it, who is on the way, how it ends, what has happened.
import { useEffect, useRef, useState } from "preact/hooks";
import { closePanel } from "../actions";
import { api, sentence } from "../api";
import { percent } from "../format";
import { t, word } from "../i18n";
import type { Incident, TimelineEntry } from "../protocol";
import { endRanking, rankIncident, ranking } from "../ranking";
import { mayDispatch, now, room } from "../state";
import { clockStoppedAt, isOpen, isWaiting, urgency } from "../words";
import { AidCards, AskNeighbours, DutyLines, mayAskNeighbours } from "./aid";
import { AskedByLine } from "./aid-request";
import { AssignmentCard } from "./assignment";
import { CallerLinkButton, LinkBox, OfferedPosition } from "./caller-link";
import { EditLine, EditPlace } from "./incident-edit";
import { EndOrReopen } from "./incident-end";
import { Facts } from "./incident-facts";
import { Notes } from "./incident-notes";
import { MergedInto, SimilarPart } from "./incident-similar";
import { IncidentClock } from "./queue";
import { ReferralButton, ReferralForm, referralOf } from "./referral";
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
    // A referral that was just asked for is not taken away by the incident's own list.
    const referral = current?.kind === "referral" && current.id === id;
    const same = referral || (current?.kind === "incident" && current.id === id && before.current === where);
    before.current = where;
    if (!same) void rankIncident(id);
    return () => {
      const last = ranking.peek()?.for;
      if (last?.kind === "incident" && last.id === id) endRanking();
    };
  }, [id, wants, where]);
}

/** How much of the target has gone by, until the first unit is there. */
function Ageing({ incident }: { incident: Incident }) {
  const stopped = clockStoppedAt(incident);
  const elapsed_s = ((stopped ?? now.value) - Date.parse(incident.received_at)) / 1000;
  const share = Math.max(0, Math.min(1, elapsed_s / incident.target_s));
  const level = urgency(incident, elapsed_s);
  return (
    <span class={`ageing is-${level}`} title={t("incident.target", { n: incident.target_s / 60 })}>
      <span class="ageing-bar" aria-hidden="true"><i style={{ width: `${share * 100}%` }} /></span>
      <span class="dim">{t("incident.of_target", { share: percent(elapsed_s / incident.target_s), n: incident.target_s / 60 })}</span>
    </span>
  );
}

function Marks({ incident }: { incident: Incident }) {
  return (
    <>
      {incident.drill && <span class="drill" data-drill>{t("drill.badge")}</span>}
      {incident.original_priority !== incident.priority && (
        <span class="chip" data-original={incident.original_priority}>{t("incident.original", { priority: incident.original_priority })}</span>
      )}
      {incident.calls > 1 && <span class="chip" data-calls={incident.calls}>{t("incident.calls", { n: incident.calls })}</span>}
      {incident.bumps > 0 && <span class="chip warn">{t("incident.bumps", { n: incident.bumps })}</span>}
    </>
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
    <>
      <header class={`incident-title priority-${incident.priority}`}>
        <h2 ref={title} tabIndex={-1}>
          <b class="badge">{incident.priority}</b>
          <span class="case">{incident.case_number}</span>
          <span class="category">{word("category", incident.category)}</span>
          <button type="button" class="quiet" onClick={closePanel} aria-label={t("incident.back")} title={t("incident.back")}>×</button>
        </h2>
        <p class="incident-state">
          <span class="state-word">{word("incident_state", incident.state)}</span>
          <IncidentClock incident={incident} />
          <Ageing incident={incident} />
        </p>
        <AskedByLine by={incident.asked_by} />
        <DutyLines incident={incident} />
      </header>
      <IncidentBody incident={incident} />
    </>
  );
}

function IncidentBody({ incident }: { incident: Incident }) {
  return (
    <div class="incident-head" data-incident={incident.id} data-state={incident.state} data-priority={incident.priority}>
      <p class="marks"><Marks incident={incident} /></p>
      <MergedInto incident={incident} />
      {mayDispatch.value && <SimilarPart incident={incident} />}
      {mayDispatch.value && <OfferedPosition incident={incident} />}
      <Facts incident={incident} />
      {isOpen(incident) && mayDispatch.value && (incident.place === null ? <EditPlace incident={incident} onDone={() => undefined} /> : <EditLine incident={incident} />)}
      {isOpen(incident) && mayDispatch.value && <Elsewhere incident={incident} />}
    </div>
  );
}

/** Beyond the nearest own unit: from one facility to another, or a unit of a neighbour. */
function Elsewhere({ incident }: { incident: Incident }) {
  const [asking, setAsking] = useState(false);
  const may = mayAskNeighbours(incident);
  useEffect(() => () => {
    const target = ranking.peek()?.for;
    if (target?.kind === "referral" && target.id === incident.id) endRanking();
  }, [incident.id]);
  return (
    <>
      <div class="elsewhere">
        <CallerLinkButton incident={incident} />
        <ReferralButton incident={incident} />
        {may && (
          <button type="button" aria-expanded={asking} data-ask-neighbours onClick={() => setAsking(!asking)}>{t("aid.title")}</button>
        )}
      </div>
      <LinkBox incident={incident} />
      {may && asking && referralOf(incident) === null && <AskNeighbours incident={incident} />}
      <ReferralForm incident={incident} />
    </>
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

export function IncidentAssignments({ id }: { id: string }) {
  const incident = room.value.incidents.get(id);
  const [adding, setAdding] = useState(false);
  if (!incident) return null;
  const assignments = [...incident.assignments].reverse();
  const more = mayDispatch.value && isOpen(incident) && !isWaiting(incident) && incident.place && ranking.value === null;
  return (
    <section class="incident-details" aria-labelledby="assignments-title">
      <h3 id="assignments-title">{t("incident.assignments")}</h3>
      <AidCards incident={incident} />
      {assignments.length === 0 && <p class="dim">{t("incident.no_assignment")}</p>}
      {assignments.map((assignment) => <AssignmentCard key={assignment.id} assignment={assignment} incident={incident} />)}
      {more && (
        <button type="button" class="quiet" disabled={adding} onClick={() => { setAdding(true); void rankIncident(id).finally(() => setAdding(false)); }}>
          + {t("incident.add_unit")}
        </button>
      )}
    </section>
  );
}

export function IncidentDetails({ id }: { id: string }) {
  const incident = room.value.incidents.get(id);
  const timeline = useTimeline(id, incident?.version ?? 0);
  if (!incident) return null;
  return (
    <div class="incident-details">
      <Notes incident={incident} />
      <EndOrReopen incident={incident} />
      <section aria-labelledby="timeline-title" class="timeline-section">
        <h3 id="timeline-title">{t("incident.timeline")}</h3>
        {timeline.error && <p class="form-error">{timeline.error}</p>}
        {timeline.entries && <Timeline entries={timeline.entries} />}
      </section>
    </div>
  );
}
