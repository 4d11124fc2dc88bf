// The facilities: what each offers and whether it takes patients now; a closed one is never proposed as a destination.
import { useState } from "preact/hooks";
import { api } from "../api";
import { attempt } from "../attempt";
import { facilities } from "../facilities";
import { t, word } from "../i18n";
import { Cross, Target, Tick, Warn } from "../icons";
import type { Admission, FacilityNow } from "../protocol";
import { mayDispatch, show } from "../state";
import { ADMISSIONS } from "../words";
import { TextField } from "./text-field";

/** Admission is told by shape and word: a tick, a triangle, a cross. */
function AdmissionMark({ admission }: { admission: Admission }) {
  const Shape = { open: Tick, limited: Warn, closed: Cross }[admission];
  return <span class={`admission is-${admission}`}><Shape /> {word("admission", admission)}</span>;
}

function Change({ facility, onDone }: { facility: FacilityNow; onDone(): void }) {
  const [admission, setAdmission] = useState(facility.admission);
  const [reason, setReason] = useState(facility.reason ?? "");
  async function save(event: Event) {
    event.preventDefault();
    const done = await attempt(
      api.admission(facility.id, admission, admission === "open" ? undefined : reason.trim() || undefined).then((now) => {
        facilities.value = now.facilities;
      }),
    );
    if (done) onDone();
  }
  return (
    <form class="admission-form" onSubmit={(event) => void save(event)}>
      <div class="segments" role="group" aria-label={t("facility.admission")}>
        {ADMISSIONS.map((each) => (
          <button key={each} type="button" aria-pressed={admission === each} data-admission={each} onClick={() => setAdmission(each)}>
            {word("admission", each)}
          </button>
        ))}
      </div>
      {admission !== "open" && (
        <TextField label={t("assignment.reason")} value={reason} most={200} placeholder={t("facility.reason_hint")} onValue={setReason} />
      )}
      <div class="edit-actions">
        <button type="submit" class="primary">{t("edit.save")}</button>
        <button type="button" class="quiet" onClick={onDone}>{t("assignment.back")}</button>
      </div>
    </form>
  );
}

function Row({ facility }: { facility: FacilityNow }) {
  const [changing, setChanging] = useState(false);
  return (
    <li data-facility-row={facility.id} data-admission-now={facility.admission}>
      <p class="facility-line">
        <b>{facility.name}</b> <AdmissionMark admission={facility.admission} />
      </p>
      <p class="dim">
        {word("facility_kind", facility.kind)} · {facility.capabilities.map((each) => word("capability", each)).join(" · ")}
        {facility.reason && <span class="missing"> · {facility.reason}</span>}
      </p>
      <p class="facility-actions">
        <button type="button" class="quiet small" onClick={() => show(facility.lat, facility.lon)}><Target /> {t("unit.show")}</button>
        {mayDispatch.value && (
          <button type="button" class="quiet small" aria-expanded={changing} data-change-admission={facility.id} onClick={() => setChanging(!changing)}>
            {t("facility.change")}
          </button>
        )}
      </p>
      {changing && <Change facility={facility} onDone={() => setChanging(false)} />}
    </li>
  );
}

export function Facilities() {
  return (
    <div class="scroll facility-list" tabIndex={0} role="group" aria-label={t("facility.title")}>
      {facilities.value.length === 0 && <p class="empty">{t("facility.none")}</p>}
      <ul>{facilities.value.map((facility) => <Row key={facility.id} facility={facility} />)}</ul>
    </div>
  );
}
