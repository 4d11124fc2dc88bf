// Mutual aid as the answering desk: what a neighbour asks, our units ranked for its place below, and the answer no.
import { useEffect, useRef, useState } from "preact/hooks";
import { closePanel } from "../actions";
import { responsibilityAsked } from "../aid";
import { answering, confirmAid, openAid, refuseAid } from "../aid-actions";
import { clock, coordinates, distance, running, shortUnit } from "../format";
import { t, word } from "../i18n";
import { Phone } from "../icons";
import { villageOf } from "../place-name";
import type { AidRequest, AskedBy, Place } from "../protocol";
import { endRanking, ranking } from "../ranking";
import { mayDispatch, now, room } from "../state";
import { isFree } from "../words";
import { here } from "./aid";
import { TextField } from "./text-field";

function where(place: Place | null): string {
  if (place === null) return t("queue.unplaced");
  const { village } = place;
  if (!village) return coordinates(place.lat, place.lon);
  return villageOf(place, village);
}

export function Waiting({ request }: { request: AidRequest }) {
  return <span class="incident-clock figure" title={t("aid.waiting")}>{running((now.value - Date.parse(request.asked_at)) / 1000)}</span>;
}

/** In the queue, above our own. */
export function AidRow({ request, selected, first }: { request: AidRequest; selected: boolean; first: boolean }) {
  return (
    <li>
      <button type="button" data-queue-row={`aid/${request.id}`} tabIndex={first ? 0 : -1} aria-current={selected ? "true" : undefined}
        class={`queue-row is-waiting is-aid priority-${request.priority} ${selected ? "is-selected" : ""}`} onClick={() => openAid(request)}>
        <b class="badge">{request.priority}</b>
        <span class="queue-what">
          <span class="queue-line">
            <span class="case">{request.case_number}</span> <span class="category">{word("category", request.category)}</span>
            {request.drill && <span class="drill">{t("drill.badge")}</span>}
          </span>
          <span class="queue-line dim">{where(request.place)}</span>
          <span class="queue-line"><span class="queue-unit">{shortUnit(request.unit)}</span> <span class="queue-state">{request.area_name}</span></span>
        </span>
        <Waiting request={request} />
      </button>
    </li>
  );
}

function Refuse({ request }: { request: AidRequest }) {
  const [reason, setReason] = useState<string | null>(null);
  if (reason === null) {
    return <button type="button" data-refuse disabled={answering.value !== null} onClick={() => setReason("")}>{t("aid.refuse")}</button>;
  }
  return (
    <form class="end-early" onSubmit={(event) => { event.preventDefault(); void refuseAid(request, reason.trim()); }}>
      <TextField label={t("aid.refuse_reason")} value={reason} most={200} required first onValue={setReason} />
      <button type="submit" class="danger">{t("aid.refuse")}</button>
      <button type="button" class="quiet" onClick={() => setReason(null)}>{t("assignment.back")}</button>
    </form>
  );
}

/** The unit that was asked for; another one is chosen from the list. */
function Confirm({ request }: { request: AidRequest }) {
  const unit = room.value.units.get(request.unit);
  const may = unit !== undefined && isFree(unit) && ranking.value !== null && answering.value === null;
  return (
    <button type="button" class="primary" data-confirm disabled={!may} onClick={() => void confirmAid(request.id, request.unit)}>
      {t("aid.confirm", { unit: shortUnit(request.unit) })}
    </button>
  );
}

function Facts({ request }: { request: AidRequest }) {
  const { place, phone } = request;
  const around = place?.uncertainty_m ? t("incident.uncertainty", { distance: distance(place.uncertainty_m) }) : "";
  const rows: [string, string | preact.JSX.Element][] = [[t("incident.place"), `${where(place)} ${around}`]];
  if (request.landmark) rows.push([t("incident.landmark"), request.landmark]);
  if (phone) rows.push([t("incident.caller"), <a href={`tel:${phone.replace(/[^+\d]/g, "")}`}><Phone /> {phone}</a>]);
  if (request.complaint) rows.push([t("incident.complaint"), request.complaint]);
  rows.push([t("aid.wanted"), <b>{shortUnit(request.unit)}</b>], [t("aid.asked_at"), clock(Date.parse(request.asked_at))]);
  return <dl class="facts">{rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

/** Ends the ranking that was made for it when the panel goes elsewhere. */
function useItsRanking(id: string): void {
  useEffect(() => () => {
    const target = ranking.peek()?.for;
    if (target?.kind === "aid" && target.id === id) endRanking();
  }, [id]);
}

export function AidRequestHead({ id }: { id: string }) {
  const request = room.value.aid_requests.find((each) => each.id === id);
  const title = useRef<HTMLHeadingElement>(null);
  useItsRanking(id);
  useEffect(() => {
    if (!document.activeElement || document.activeElement === document.body) title.current?.focus();
  }, [id]);
  if (!request) return <p class="empty" role="status">{answering.value === id ? t("aid.answering") : t("aid.over")}</p>;
  return (
    <div data-aid-request={id}>
      <header class={`incident-title priority-${request.priority}`}>
        <h2 ref={title} tabIndex={-1}>
          <b class="badge">{request.priority}</b> <span class="case">{request.case_number}</span>
          <span class="category">{word("category", request.category)}</span>
          {request.drill && <span class="drill">{t("drill.badge")}</span>}
          <button type="button" class="quiet" onClick={closePanel} aria-label={t("incident.back")} title={t("incident.back")}>×</button>
        </h2>
        <p class="incident-state">
          <span class="state-word">{t("aid.asks", { area: request.area_name, unit: shortUnit(request.unit) })}</span>
          <Waiting request={request} />
        </p>
        <p class="duty" data-duty="asked">{t("aid.duty_request", { area: request.area_name, here: here() })}</p>
      </header>
      <div class="incident-head">
        <Facts request={request} />
        {mayDispatch.value && <div class="assignment-actions"><Confirm request={request} /><Refuse request={request} /></div>}
      </div>
    </div>
  );
}

/** On our own incident: for whom it was opened. */
export function AskedByLine({ by }: { by: AskedBy | null | undefined }) {
  return by ? <p class="duty" data-asked-by={by.area}>{responsibilityAsked(by, here())}</p> : null;
}
