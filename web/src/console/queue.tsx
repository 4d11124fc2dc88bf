// The incidents of the room: those that wait first, then those being handled, each with its running clock.
import { useRef } from "preact/hooks";
import { openIncident } from "../actions";
import { inAidOrder } from "../aid";
import { arrivalText, minutesUntil } from "../arrival";
import { offeredIn } from "../caller-link";
import { running, shortUnit } from "../format";
import { t, word } from "../i18n";
import { UnitShape } from "../icons";
import { villageOf } from "../place-name";
import type { Incident, Unit } from "../protocol";
import { now, panel, room } from "../state";
import { clockStoppedAt, inQueueOrder, isOpen, isOpenAid, isOpenAssignment, isWaiting, shapeOf, urgency } from "../words";
import { AidRow } from "./aid-request";

export function placeName(incident: Incident): string {
  const { place } = incident;
  if (!place) return t("queue.unplaced");
  if (!place.village) return `${place.lat.toFixed(4)}, ${place.lon.toFixed(4)}`;
  return villageOf(place, place.village);
}

export function IncidentClock({ incident }: { incident: Incident }) {
  const stopped = clockStoppedAt(incident);
  const elapsed = ((stopped ?? now.value) - Date.parse(incident.received_at)) / 1000;
  const level = urgency(incident, elapsed);
  const hint = level === "over" ? t("queue.over") : level === "half" ? t("queue.half") : "";
  return (
    <span class={`incident-clock figure is-${level} ${stopped === null ? "" : "is-stopped"}`}
      title={`${t("queue.clock", { target: incident.target_s / 60 })}${hint ? `; ${hint}` : ""}`}>
      {running(elapsed)}
      {hint && <span class="hidden"> {hint}</span>}
    </span>
  );
}

/** In how many minutes a unit is there. */
function Expected({ unit }: { unit: Unit | undefined }) {
  if (!unit?.arrival) return null;
  const n = minutesUntil(unit.arrival.at, now.value);
  return <span class="figure dim" data-expected={n} title={arrivalText(unit)}> ±{t("eta.min", { n })}</span>;
}

function Row({ incident, selected, first }: { incident: Incident; selected: boolean; first: boolean }) {
  const open = incident.assignments.filter(isOpenAssignment);
  const aids = (incident.aid ?? []).filter(isOpenAid);
  return (
    <li>
      <button type="button" data-queue-row={incident.id} tabIndex={first ? 0 : -1} aria-current={selected ? "true" : undefined}
        class={`queue-row priority-${incident.priority} ${selected ? "is-selected" : ""} ${isWaiting(incident) ? "is-waiting" : ""}`}
        onClick={() => openIncident(incident.id, isWaiting(incident))}>
        <b class="badge">{incident.priority}</b>
        <span class="queue-what">
          <span class="queue-line">
            <span class="case">{incident.case_number}</span>
            <span class="category">{word("category", incident.category)}</span>
            {incident.drill && <span class="drill">{t("drill.badge")}</span>}
            {incident.calls > 1 && <span class="chip small" title={t("incident.calls", { n: incident.calls })}>{incident.calls}×</span>}
            {offeredIn(incident) && <span class="chip small warn" data-queue-offered>{t("offer.badge")}</span>}
            {incident.redispatch && <span class="chip small">{t("queue.redispatch")}</span>}
          </span>
          <span class="queue-line dim">{placeName(incident)}</span>
          <span class="queue-line">
            {aids.map((aid) => (
              <span key={aid.id} class="queue-unit" data-queue-aid={aid.state}>
                {shortUnit(aid.unit)} <span class="queue-state">{word("aid_state", aid.state)}</span> {aid.area_name}
              </span>
            ))}
            {open.length === 0 && aids.length === 0 && <span class="queue-state">{word("incident_state", incident.state)}</span>}
            {open.map((assignment) => (
              <span key={assignment.id} class="queue-unit">
                <UnitShape shape={shapeOf(assignment.state as never)} size={11} /> {shortUnit(assignment.unit)}
                <span class="queue-state"> {word("step", assignment.state)}</span>
                <Expected unit={room.value.units.get(assignment.unit)} />
              </span>
            ))}
          </span>
        </span>
        <IncidentClock incident={incident} />
      </button>
    </li>
  );
}

export function Queue() {
  const list = useRef<HTMLElement>(null);
  const all = [...room.value.incidents.values()];
  const open = all.filter(isOpen).sort(inQueueOrder);
  const groups = [
    { key: "queue.waiting" as const, items: open.filter(isWaiting) },
    { key: "queue.running" as const, items: open.filter((incident) => !isWaiting(incident)) },
    {
      key: "queue.ended" as const,
      items: all.filter((incident) => !isOpen(incident) && incident.state !== "merged").sort((a, b) => (b.ended_at ?? "").localeCompare(a.ended_at ?? "")).slice(0, 30),
    },
  ];
  const asked = [...room.value.aid_requests].sort(inAidOrder);
  const chosen = panel.value.kind === "incident" || panel.value.kind === "aid" ? panel.value.id : null;
  const shown = [...asked, ...groups.flatMap((group) => group.items)];
  const tabStop = shown.some((each) => each.id === chosen) ? chosen : (shown[0]?.id ?? null);

  function move(event: KeyboardEvent) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    const rows = [...(list.current?.querySelectorAll<HTMLElement>("[data-queue-row]") ?? [])];
    const next = rows[rows.indexOf(document.activeElement as HTMLElement) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }

  return (
    <section class="queue panel" id="queue" ref={list} aria-labelledby="queue-title" tabIndex={-1} onKeyDown={move}>
      <h2 id="queue-title"><kbd>F3</kbd> {t("queue.title")} <span class="figure dim">{open.length}</span></h2>
      <div class="scroll">
        {asked.length > 0 && (
          <div data-aid-requests={asked.length}>
            <h3>{t("queue.aid")} <span class="figure">{asked.length}</span></h3>
            <ul>
              {asked.map((request) => (
                <AidRow key={request.id} request={request} selected={request.id === chosen} first={request.id === tabStop} />
              ))}
            </ul>
          </div>
        )}
        {open.length === 0 && <p class="empty">{t("queue.empty")}</p>}
        {groups.map((group) => group.items.length > 0 && (
          <div key={group.key} class={group.key === "queue.ended" ? "is-ended" : ""}>
            <h3>{t(group.key)} <span class="figure">{group.items.length}</span></h3>
            <ul>
              {group.items.map((incident) => (
                <Row key={incident.id} incident={incident} selected={incident.id === chosen} first={incident.id === tabStop} />
              ))}
            </ul>
          </div>
        ))}
      </div>
    </section>
  );
}
