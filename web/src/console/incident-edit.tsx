// Correcting an incident: one small form at a time, opened from a line of buttons.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, newId, type Details } from "../api";
import { attempt } from "../attempt";
import { t, word } from "../i18n";
import type { Category, Channel, Colour, Incident, Need, PlaceHit, Priority } from "../protocol";
import { triage } from "../questions";
import { mapCentre, show, unitList } from "../state";
import { judge } from "../triage";
import { CATEGORIES, CHANNELS, COLOURS, PRIORITIES } from "../words";
import { PlaceField } from "./place-field";
import { reasonOf } from "./priority-field";
import { TextField } from "./text-field";

const EDITORS = ["priority", "details", "place", "needs", "call", "colour"] as const;
type Editor = (typeof EDITORS)[number];

interface FormProps { incident: Incident; onDone(): void }

function Form({ onSubmit, onDone, children }: { onSubmit(): Promise<boolean>; onDone(): void; children: ComponentChildren }) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>("input, select, [aria-pressed=true], button")?.focus(), []);
  return (
    <form ref={form} class="edit" onSubmit={(event) => { event.preventDefault(); void onSubmit().then((done) => done && onDone()); }}
      onKeyDown={(event) => { if (event.key === "Escape" && !event.defaultPrevented) { event.preventDefault(); onDone(); } }}>
      {children}
      <div class="edit-actions">
        <button type="submit" class="primary">{t("edit.save")}</button>
        <button type="button" class="quiet" onClick={onDone}>{t("assignment.back")}</button>
      </div>
    </form>
  );
}

function EditDetails({ incident, onDone }: FormProps) {
  const before = {
    category: incident.category, name: incident.caller?.name ?? "", phone: incident.caller?.phone ?? "", landmark: incident.landmark ?? "",
    complaint: incident.complaint ?? "",
  };
  const [now, setNow] = useState(before);
  const set = (part: Partial<typeof before>) => setNow((last) => ({ ...last, ...part }));
  function save(): Promise<boolean> {
    const changed = <K extends keyof typeof before>(key: K) => (now[key] === before[key] ? {} : { [key]: now[key] });
    const caller = { ...changed("name"), ...changed("phone") };
    const called = Object.keys(caller).length > 0 ? { caller } : {};
    const details: Details = { ...changed("category"), ...changed("landmark"), ...changed("complaint"), ...called };
    return Object.keys(details).length === 0 ? Promise.resolve(true) : attempt(api.details(incident.id, details));
  }
  const text = (key: "name" | "phone" | "landmark" | "complaint", label: string, most: number) => (
    <TextField label={label} value={now[key]} most={most} mode={key === "phone" ? "tel" : "text"} onValue={(value) => set({ [key]: value })} />
  );
  return (
    <Form onSubmit={save} onDone={onDone}>
      <label>{t("edit.category")}
        <select value={now.category} onChange={(event) => set({ category: event.currentTarget.value as Category })}>
          {CATEGORIES.map((each) => <option key={each} value={each}>{word("category", each)}</option>)}
        </select>
      </label>
      <div class="pair">{text("name", t("call.name"), 120)}{text("phone", t("call.phone"), 40)}</div>
      {text("landmark", t("call.landmark"), 200)}
      {text("complaint", t("call.complaint"), 500)}
    </Form>
  );
}

export async function setPlace(incident: Incident, hit: PlaceHit): Promise<boolean> {
  const place = hit.kind === "village" && hit.village
    ? { village: hit.village.code }
    : { lat: hit.lat, lon: hit.lon, ...(hit.uncertainty_m !== null ? { uncertainty_m: hit.uncertainty_m } : {}) };
  const done = await attempt(api.place(incident.id, place));
  if (done) show(hit.lat, hit.lon, 11.5);
  return done;
}

export function EditPlace({ incident, onDone }: FormProps) {
  const [text, setText] = useState("");
  return (
    <div class="edit">
      <PlaceField id="incident-place" value={text} chosen={null} focus={0} near={incident.place ?? mapCentre.value} onText={setText} onClear={() => setText("")}
        onChoose={(hit) => void setPlace(incident, hit).then((done) => done && onDone())} onAdvance={() => undefined} />
    </div>
  );
}

function EditPriority({ incident, onDone }: FormProps) {
  const [priority, setPriority] = useState<Priority>(incident.priority);
  const [reason, setReason] = useState("");
  const set = triage.value?.questions;
  const judgement = set ? judge(set, incident.category, incident.answers ?? {}) : null;
  const lower = priority > incident.priority;
  async function save(): Promise<boolean> {
    return priority === incident.priority || attempt(api.priority(incident.id, priority, reason.trim() || undefined));
  }
  return (
    <Form onDone={onDone} onSubmit={save}>
      {judgement && (
        <p class={`priority-${judgement.priority}`}>
          <span class="dim">{t("priority.proposed")}</span> <b class="badge">{judgement.priority}</b> {reasonOf(judgement, incident.category)}
        </p>
      )}
      <div class="segments" role="group" aria-label={t("call.priority")}>
        {PRIORITIES.map((each) => (
          <button key={each} type="button" aria-pressed={priority === each} data-priority={each} onClick={() => setPriority(each)}>{each}</button>
        ))}
      </div>
      <TextField label={lower ? t("priority.reason_needed") : t("priority.reason")} value={reason} most={200} required={lower} onValue={setReason} />
    </Form>
  );
}

function EditNeeds({ incident, onDone }: FormProps) {
  const known = [...new Set([...unitList.value.flatMap((unit) => unit.capabilities), ...incident.needs.map((need) => need.capability)])].sort();
  const [counts, setCounts] = useState<Record<string, number>>(Object.fromEntries(incident.needs.map((need) => [need.capability, need.count])));
  const needs: Need[] = known.flatMap((capability) => (counts[capability] ? [{ capability, count: counts[capability] }] : []));
  return (
    <Form onDone={onDone} onSubmit={() => attempt(api.needs(incident.id, needs))}>
      <p class="dim">{t("edit.needs_hint")}</p>
      {known.map((capability) => (
        <label key={capability} class="count-line"><span>{word("capability", capability)}</span>
          <input type="number" min={0} max={20} value={counts[capability] ?? 0}
            onInput={(event) => { const count = event.currentTarget.valueAsNumber || 0; setCounts((last) => ({ ...last, [capability]: count })); }} />
        </label>
      ))}
    </Form>
  );
}

function MoreCall({ incident, onDone }: FormProps) {
  const [id] = useState(newId);
  const [said, setSaid] = useState({ channel: "phone" as Channel, name: "", phone: "", complaint: "" });
  const set = (part: Partial<typeof said>) => setSaid((last) => ({ ...last, ...part }));
  function save(): Promise<boolean> {
    const caller = { ...(said.name.trim() ? { name: said.name.trim() } : {}), ...(said.phone.trim() ? { phone: said.phone.trim() } : {}) };
    const complaint = said.complaint.trim() ? { complaint: said.complaint.trim() } : {};
    const call = { id, channel: said.channel, caller, ...complaint };
    return attempt(api.furtherCall(incident.id, call), t("edit.call_done", { case: incident.case_number }));
  }
  return (
    <Form onDone={onDone} onSubmit={save}>
      <div class="pair">
        <TextField label={t("call.phone")} value={said.phone} most={40} mode="tel" onValue={(phone) => set({ phone })} />
        <TextField label={t("call.name")} value={said.name} most={120} onValue={(name) => set({ name })} />
      </div>
      <TextField label={t("call.complaint")} value={said.complaint} most={500} onValue={(complaint) => set({ complaint })} />
      <label>{t("call.channel")}
        <select value={said.channel} onChange={(event) => set({ channel: event.currentTarget.value as Channel })}>
          {CHANNELS.map((channel) => <option key={channel} value={channel}>{word("channel", channel)}</option>)}
        </select>
      </label>
    </Form>
  );
}

function EditColour({ incident, onDone }: FormProps) {
  const choose = (colour: Colour) => void attempt(api.colour(incident.id, colour)).then((done) => done && onDone());
  return (
    <div class="edit">
      <p class="dim">{t("edit.colour_hint")}</p>
      <div class="segments" role="group" aria-label={t("incident.colour")}>
        {COLOURS.map((colour) => (
          <button key={colour} type="button" aria-pressed={incident.colour === colour} onClick={() => choose(colour)}>
            <i class={`swatch is-${colour}`} aria-hidden="true" /> {word("colour", colour)}
          </button>
        ))}
      </div>
    </div>
  );
}

const FORMS: Record<Editor, (props: FormProps) => preact.JSX.Element> = {
  priority: EditPriority, details: EditDetails, place: EditPlace, needs: EditNeeds, call: MoreCall, colour: EditColour,
};

export function EditLine({ incident }: { incident: Incident }) {
  const [editor, setEditor] = useState<Editor | null>(null);
  const buttons = useRef<HTMLDivElement>(null);
  const Open = editor && FORMS[editor];
  const close = () => {
    buttons.current?.querySelector<HTMLElement>(`[data-edit=${editor}]`)?.focus();
    setEditor(null);
  };
  return (
    <div class="edit-line">
      <div ref={buttons} class="edit-buttons" role="group" aria-label={t("edit.title")}>
        {EDITORS.map((each) => (
          <button key={each} type="button" aria-expanded={editor === each} data-edit={each} onClick={() => setEditor(editor === each ? null : each)}>
            {t(`edit.${each}`)}
          </button>
        ))}
      </div>
      {Open && <Open key={editor} incident={incident} onDone={close} />}
    </div>
  );
}
