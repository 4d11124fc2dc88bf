// What is known of an incident, line by line: place, callers, complaint, needs, triage colour, its parts.
import type { ComponentChildren } from "preact";
import { openIncident } from "../actions";
import { api } from "../api";
import { attempt } from "../attempt";
import { clock, coordinates, dayAndTime, distance } from "../format";
import { t, word } from "../i18n";
import { Phone, Target } from "../icons";
import type { Caller, Incident, Need } from "../protocol";
import { mayDispatch, show } from "../state";
import { placeName } from "./queue";

export function Telephone({ caller }: { caller: Caller }) {
  return (
    <span>
      {caller.name} {caller.phone && <a href={`tel:${caller.phone.replace(/[^+\d]/g, "")}`}><Phone /> {caller.phone}</a>}
    </span>
  );
}

const isSaid = (caller: Caller | null | undefined): caller is Caller => Boolean(caller && (caller.name || caller.phone));

export function needsText(needs: readonly Need[]): string {
  return needs.map((need) => `${need.count}× ${word("capability", need.capability)}`).join(", ");
}

function Place({ incident }: { incident: Incident }) {
  const { place } = incident;
  return (
    <span>
      {placeName(incident)}
      {place && (
        <>
          <span class="dim">
            {" "}{place.uncertainty_m ? t("incident.uncertainty", { distance: distance(place.uncertainty_m) }) : ""} · {coordinates(place.lat, place.lon)}
          </span>
          <button type="button" class="quiet" onClick={() => show(place.lat, place.lon, 13)} aria-label={t("unit.show")} title={t("unit.show")}>
            <Target />
          </button>
        </>
      )}
    </span>
  );
}

function Parts({ incident }: { incident: Incident }) {
  const split = (part: Incident["merged"][number]) => void attempt(api.split(part.id), t("merge.split_done", { case: part.case_number }));
  return (
    <ul class="parts">
      {incident.merged.map((part) => (
        <li key={part.id} data-part={part.id}>
          <button type="button" class="link-button figure" onClick={() => openIncident(part.id)}>{part.case_number}</button>
          {mayDispatch.value && (
            <button type="button" class="quiet" data-split={part.id} onClick={() => split(part)}>{t("merge.split")}</button>
          )}
        </li>
      ))}
    </ul>
  );
}

export function Facts({ incident }: { incident: Incident }) {
  const rows: [string, ComponentChildren][] = [[t("incident.place"), <Place incident={incident} />]];
  if (incident.landmark) rows.push([t("incident.landmark"), incident.landmark]);
  if (isSaid(incident.caller)) rows.push([t("incident.caller"), <Telephone caller={incident.caller} />]);
  const others = (incident.further_callers ?? []).filter(isSaid);
  if (others.length > 0) {
    rows.push([t("incident.further_callers"), <ul>{others.map((caller, n) => <li key={n}><Telephone caller={caller} /></li>)}</ul>]);
  }
  if (incident.complaint) rows.push([t("incident.complaint"), incident.complaint]);
  rows.push([t("incident.received"), (
    <span class="figure">
      {clock(Date.parse(incident.received_at))} <span class="dim">{word("channel", incident.channel)}</span>
      {incident.calls > 1 && <b> · {t("incident.calls", { n: incident.calls })}</b>}
    </span>
  )]);
  if (incident.care) rows.push([t("incident.care"), <b>{word("capability", incident.care)}</b>]);
  if (incident.needs.length > 0) {
    rows.push([t("incident.needs"), (
      <span>
        {needsText(incident.needs)}
        {incident.missing.length > 0 && <b class="missing"> · {t("incident.missing", { what: needsText(incident.missing) })}</b>}
      </span>
    )]);
  }
  if (incident.colour) {
    rows.push([t("incident.colour"), <span><i class={`swatch is-${incident.colour}`} aria-hidden="true" /> {word("colour", incident.colour)}</span>]);
  }
  if (incident.merged.length > 0) rows.push([t("incident.parts"), <Parts incident={incident} />]);
  if (incident.ended_at) rows.push([t("incident.ended"), <span class="figure">{dayAndTime(Date.parse(incident.ended_at))}</span>]);
  if (incident.disposition) rows.push([t("incident.disposition"), word("disposition", incident.disposition)]);
  return (
    <dl class="facts">
      {rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}
