// The times of an assignment: what was said and by whom, what the vehicle's movement showed; a supervisor may correct a time.
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../api";
import { attempt } from "../attempt";
import { atTimeOfDay, clock, wholeAge } from "../format";
import { t, word } from "../i18n";
import { Pencil } from "../icons";
import type { Assignment, Step } from "../protocol";
import { say, session } from "../state";
import { isMark, timeRows, type TimeRow } from "../times";
import { TextField } from "./text-field";

interface CorrectProps { assignment: Assignment; row: TimeRow & { said: string }; onDone(): void }

/** The seen time is proposed, never taken by itself. */
function Correct({ assignment, row, onDone }: CorrectProps) {
  const before = Date.parse(row.said);
  const form = useRef<HTMLFormElement>(null);
  const [time, setTime] = useState(clock(before));
  const [reason, setReason] = useState("");
  useEffect(() => form.current?.querySelector<HTMLElement>("button, input")?.focus(), []);
  async function save(event: Event) {
    event.preventDefault();
    // As exact as it was seen, unless the operator has typed something else.
    const ms = row.seen !== null && time === clock(Date.parse(row.seen)) ? Date.parse(row.seen) : atTimeOfDay(before, time);
    if (ms === null) return say("error", t("times.bad"));
    if (await attempt(api.correctTime(assignment.id, row.name as Step, new Date(ms).toISOString(), reason.trim()))) onDone();
  }
  function takeSeen(seen: string) {
    setTime(clock(Date.parse(seen)));
    setReason((typed) => typed || t("times.seen_reason"));
  }
  return (
    <form ref={form} class="correct-time" onSubmit={(event) => void save(event)}
      onKeyDown={(event) => { if (event.key === "Escape") { event.preventDefault(); onDone(); } }}>
      {row.seen !== null && row.seen_later_s !== 0 && (
        <button type="button" class="proposed" data-take-seen onClick={() => takeSeen(row.seen!)}>
          {t("times.take_seen", { time: clock(Date.parse(row.seen)) })}
        </button>
      )}
      <TextField label={t("times.time")} value={time} most={8} required mode="numeric" onValue={setTime} />
      <TextField label={t("assignment.reason")} value={reason} most={200} required onValue={setReason} />
      <button type="submit">{t("edit.save")}</button>
      <button type="button" class="quiet" onClick={onDone}>{t("assignment.back")}</button>
    </form>
  );
}

/** "GPS 08:30:52, 15 dtk lebih awal" */
function seenText({ seen, seen_later_s }: TimeRow): string {
  if (seen === null) return "";
  const at = t("times.seen", { time: clock(Date.parse(seen)) });
  if (seen_later_s === null) return at;
  if (seen_later_s === 0) return `${at}, ${t("times.seen_same")}`;
  const age = wholeAge(Math.abs(seen_later_s));
  return `${at}, ${t(seen_later_s < 0 ? "times.seen_before" : "times.seen_after", { age })}`;
}

export function StepTimes({ assignment }: { assignment: Assignment }) {
  const [correcting, setCorrecting] = useState<TimeRow["name"] | null>(null);
  const rows = timeRows(assignment);
  if (rows.length === 0) return null;
  const may = session.value?.role === "supervisor";
  return (
    <ol class="step-times">
      {rows.map((row) => {
        const { name, said, source } = row;
        const text = word("step", name);
        return (
          <li key={name} data-step={name} data-source={source ?? undefined}>
            <span>{text}{row.corrected && <span class="chip small" data-corrected>{t("times.corrected")}</span>}</span>
            <span class="figure">{said ? clock(Date.parse(said)) : <span class="dim">{t("times.not_said")}</span>}</span>
            <span class="dim source">{source && word("time_source", source)}</span>
            {may && said && !isMark(name) ? (
              <button type="button" class="quiet small" aria-expanded={correcting === name} data-correct={name} title={t("times.correct")}
                aria-label={`${t("times.correct")}: ${text}`} onClick={() => setCorrecting(correcting === name ? null : name)}><Pencil size={12} /></button>
            ) : <span />}
            {row.seen && <span class="figure seen" data-seen={row.seen_later_s ?? undefined}>{seenText(row)}</span>}
            {correcting === name && said && <Correct assignment={assignment} row={{ ...row, said }} onDone={() => setCorrecting(null)} />}
          </li>
        );
      })}
    </ol>
  );
}
