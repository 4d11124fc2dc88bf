// Referring a patient from one facility to another: where from, where to; the ranking below is for the first.
import { useEffect, useRef } from "preact/hooks";
import { destinations } from "../destinations";
import { facilities } from "../facilities";
import { t } from "../i18n";
import type { FacilityNow, Incident } from "../protocol";
import { ranking, type RankingFor } from "../ranking";
import { endReferral, facilityAt, refer, referElsewhere, toUnits } from "../referral";
import { facts } from "./assignment-destination";

type Referral = Extract<RankingFor, { kind: "referral" }>;

export function referralOf(incident: Incident): Referral | null {
  const target = ranking.value?.for;
  return target?.kind === "referral" && target.id === incident.id ? target : null;
}

function Form({ incident, target }: { incident: Incident; target: Referral }) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>("select")?.focus(), []);
  const all = facilities.value;
  const from = all.find((facility) => facility.id === target.pick_up) ?? null;
  const to = destinations(all.filter((facility) => facility.id !== target.pick_up), incident.care, from);
  const called = (id: string): FacilityNow | undefined => all.find((facility) => facility.id === id);
  function onKey(event: KeyboardEvent) {
    if (event.key === "Enter" && event.target instanceof HTMLSelectElement) toUnits();
    else if (event.key === "Escape") endReferral(incident);
    else return;
    event.preventDefault();
  }
  return (
    <form ref={form} class="edit referral" data-referral={target.pick_up} onKeyDown={onKey} onSubmit={(event) => { event.preventDefault(); toUnits(); }}>
      <label>{t("destination.pick_up")}
        <select value={target.pick_up} data-pick-up onChange={(event) => refer(incident, called(event.currentTarget.value), target.to)}>
          {destinations(all, null, incident.place).map(({ facility }) => <option key={facility.id} value={facility.id}>{facility.name}</option>)}
        </select>
      </label>
      <label>{t("referral.to")}
        <select value={target.to ?? ""} data-refer-to onChange={(event) => referElsewhere(event.currentTarget.value)}>
          {target.to === null && <option value="">{t("destination.none")}</option>}
          {to.map((each) => (
            <option key={each.facility.id} value={each.facility.id} disabled={each.facility.admission === "closed"}>
              {[each.facility.name, facts(each, incident.care)].filter(Boolean).join(" · ")}
            </option>
          ))}
        </select>
      </label>
      <div class="edit-actions">
        <button type="submit" class="primary">{t("referral.choose_unit")} <kbd>F4</kbd></button>
        <button type="button" class="quiet" onClick={() => endReferral(incident)}>{t("assignment.back")}</button>
      </div>
    </form>
  );
}

/** The button stands with an incident that is open; where the patient is known to be in a facility it names it. */
export function ReferralButton({ incident }: { incident: Incident }) {
  const target = referralOf(incident);
  const there = facilityAt(incident.place, facilities.value);
  if (facilities.value.length < 2) return null;
  return (
    <button type="button" aria-expanded={target !== null} data-refer onClick={() => (target === null ? refer(incident) : endReferral(incident))}>
      {there ? t("referral.from", { facility: there.name }) : t("referral.refer")}
    </button>
  );
}

export function ReferralForm({ incident }: { incident: Incident }) {
  const target = referralOf(incident);
  return target && <Form key={incident.id} incident={incident} target={target} />;
}
