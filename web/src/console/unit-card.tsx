// One unit: what it does, who is on board, what it cannot do for now, whether its crew wants to be called; and changing these.
import { useState } from "preact/hooks";
import { openIncident } from "../actions";
import { api } from "../api";
import { attempt } from "../attempt";
import { number, shortUnit, wholeAge } from "../format";
import { t, word } from "../i18n";
import { Phone, UnitShape } from "../icons";
import type { CrewRole, Unit } from "../protocol";
import { fixAge_s, isStale, mayDispatch, now, room, selectedUnit } from "../state";
import { CREW_ROLES, isFree, shapeOf } from "../words";
import { setDuty } from "./duty";
import { TextField } from "./text-field";

type Form = "duty" | "crew" | "limit";

function DutyForm({ unit, onDone }: { unit: Unit; onDone(): void }) {
  const [reason, setReason] = useState("");
  return (
    <form class="unit-form" onSubmit={(event) => { event.preventDefault(); void setDuty(unit, false, reason).then(onDone); }}>
      <TextField label={t("unit.duty_reason")} value={reason} most={200} required onValue={setReason} />
      <button type="submit" class="danger">{t("unit.off_duty")}</button>
    </form>
  );
}

function CrewForm({ unit, onDone }: { unit: Unit; onDone(): void }) {
  const [crew, setCrew] = useState<CrewRole[]>(unit.crew);
  const toggle = (role: CrewRole) => setCrew((on) => (on.includes(role) ? on.filter((each) => each !== role) : [...on, role]));
  function save(event: Event) {
    event.preventDefault();
    void attempt(api.crew(unit.unit, crew)).then((done) => done && onDone());
  }
  return (
    <form class="unit-form" onSubmit={save}>
      <div class="checks">
        {CREW_ROLES.map((role) => (
          <label key={role} class="switch">
            <input type="checkbox" checked={crew.includes(role)} onChange={() => toggle(role)} /> {word("crew_role", role)}
          </label>
        ))}
      </div>
      <button type="submit" class="primary">{t("edit.save")}</button>
    </form>
  );
}

function LimitForm({ unit, onDone }: { unit: Unit; onDone(): void }) {
  const [lacking, setLacking] = useState<string[]>(unit.lacking);
  const [reason, setReason] = useState(unit.limit_reason ?? "");
  const able = [...new Set([...unit.capabilities, ...unit.lacking])];
  function toggle(capability: string) {
    setLacking((before) => (before.includes(capability) ? before.filter((each) => each !== capability) : [...before, capability]));
  }
  function save(event: Event) {
    event.preventDefault();
    void attempt(api.limit(unit.unit, lacking, reason.trim() || undefined)).then((done) => done && onDone());
  }
  return (
    <form class="unit-form" onSubmit={save}>
      <p class="dim">{t("unit.limit_hint")}</p>
      <div class="checks">
        {able.map((capability) => (
          <label key={capability} class="switch">
            <input type="checkbox" checked={lacking.includes(capability)} onChange={() => toggle(capability)} /> {word("capability", capability)}
          </label>
        ))}
      </div>
      <TextField label={t("assignment.reason")} value={reason} most={200} required={lacking.length > 0} onValue={setReason} />
      <button type="submit" class="primary">{t("edit.save")}</button>
    </form>
  );
}

function Talk({ unit }: { unit: Unit }) {
  if (unit.talk === null) return null;
  const answer = () => void attempt(api.answerTalk(unit.unit), t("unit.talk_done", { unit: shortUnit(unit.unit) }));
  return (
    <p class={`talk is-${unit.talk}`} data-talk={unit.talk}>
      <Phone /> <b>{t(unit.talk === "sos" ? "unit.sos" : "unit.talk")}</b>
      {mayDispatch.value && (
        <button type="button" data-answer-talk onClick={answer}>{t("unit.talk_answer")}</button>
      )}
    </p>
  );
}

function Facts({ unit }: { unit: Unit }) {
  const seconds = fixAge_s(unit, now.value);
  const old = isStale(unit, now.value);
  return (
    <>
      <p>
        <b>{word("unit_state", unit.state)}</b>{unit.duty_reason && `: ${unit.duty_reason}`}{unit.link === "offline" && ` · ${t("unit.offline")}`}
      </p>
      <Talk unit={unit} />
      {unit.lacking.length > 0 && (
        <p class="missing" data-limited>
          {t("unit.limited", { what: unit.lacking.map((each) => word("capability", each)).join(", ") })}{unit.limit_reason && ` (${unit.limit_reason})`}
        </p>
      )}
      <p class="dim">{unit.name}</p>
      {unit.village && <p class="dim">{t("unit.at_village", { village: unit.village.name, district: unit.village.district })}</p>}
      <p class="dim" data-crew>{t("unit.crew")}: {unit.crew.map((role) => word("crew_role", role)).join(", ") || t("unit.crew_unknown")}</p>
      <p class={old ? "is-old" : "dim"}>
        {seconds === null ? t("unit.no_fix") : t("unit.fix", { age: wholeAge(seconds) })}
        {unit.battery_pct !== null && ` · ${t("unit.battery", { n: number(unit.battery_pct) })}`}
      </p>
      {unit.shown_by && (
        <p class="dim" data-shown-by>{t("unit.shown_by", { kind: word("device_kind", unit.shown_by.kind), device: unit.shown_by.device })}</p>
      )}
    </>
  );
}

function Actions({ unit }: { unit: Unit }) {
  const [form, setForm] = useState<Form | null>(null);
  const done = () => setForm(null);
  const button = (which: Form, text: string) => (
    <button type="button" aria-expanded={form === which} data-unit-form={which} onClick={() => setForm(form === which ? null : which)}>{text}</button>
  );
  return (
    <>
      <div class="card-actions">
        {unit.incident && <button type="button" onClick={() => openIncident(unit.incident!)}>{t("unit.incident")}</button>}
        {mayDispatch.value && (
          <>
            {unit.state === "off_duty" && <button type="button" onClick={() => void setDuty(unit, true)}>{t("unit.on_duty")}</button>}
            {isFree(unit) && button("duty", t("unit.off_duty"))}
            {button("crew", t("unit.crew"))}
            {button("limit", t("unit.limit"))}
          </>
        )}
      </div>
      {form === "duty" && <DutyForm unit={unit} onDone={done} />}
      {form === "crew" && <CrewForm unit={unit} onDone={done} />}
      {form === "limit" && <LimitForm unit={unit} onDone={done} />}
    </>
  );
}

export function UnitCard() {
  const unit = selectedUnit.value ? room.value.units.get(selectedUnit.value) : undefined;
  if (!unit) return null;
  return (
    <aside class={`unit-card ${unit.talk === "sos" ? "is-sos" : ""}`} aria-label={unit.unit} data-unit-card={unit.unit}>
      <h3>
        <UnitShape shape={shapeOf(unit.state)} stale={isStale(unit, now.value)} size={16} /> {unit.unit}
        <button type="button" class="quiet" onClick={() => (selectedUnit.value = null)} aria-label={t("call.close")}>×</button>
      </h3>
      <Facts unit={unit} />
      <Actions key={unit.unit} unit={unit} />
    </aside>
  );
}
