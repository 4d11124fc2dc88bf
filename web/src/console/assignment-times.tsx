// The steps of an assignment with what the crew said and what the vehicle's movement showed; a supervisor may correct a time.
import { useState } from "preact/hooks";
import { api } from "../api";
import { attempt } from "../attempt";
import { atTimeOfDay, clock } from "../format";
import { t, word } from "../i18n";
import type { Assignment, Step } from "../protocol";
import { say, session } from "../state";
import { STEPS } from "../words";
import { TextField } from "./text-field";

function Correct({ assignment, step, at, onDone }: { assignment: Assignment; step: Exclude<Step, "offered">; at: string; onDone(): void }) {
  const before = Date.parse(at);
  const [time, setTime] = useState(clock(before));
  const [reason, setReason] = useState("");
  async function save(event: Event) {
    event.preventDefault();
    const ms = atTimeOfDay(before, time);
    if (ms === null) return say("error", t("times.bad"));
    if (await attempt(api.correctTime(assignment.id, step, new Date(ms).toISOString(), reason.trim()))) onDone();
  }
  return (
    <form class="correct-time" onSubmit={(event) => void save(event)}>
      <TextField label={t("times.time")} value={time} most={8} required mode="numeric" onValue={setTime} />
      <TextField label={t("assignment.reason")} value={reason} most={200} required onValue={setReason} />
      <button type="submit">{t("edit.save")}</button>
      <button type="button" class="quiet" onClick={onDone}>{t("assignment.back")}</button>
    </form>
  );
}

type Timed = Exclude<Step, "offered">;

/** The acceptance stands among the ticks; here only when there is more to say of it. */
function isShown(assignment: Assignment, step: Step): step is Timed {
  if (step === "offered") return false;
  const more = assignment.seen[step] !== undefined || assignment.corrected.includes(step);
  return more || (step !== "acknowledged" && assignment.times[step] !== null);
}

export function StepTimes({ assignment }: { assignment: Assignment }) {
  const [correcting, setCorrecting] = useState<Step | null>(null);
  const steps = STEPS.filter((step): step is Timed => isShown(assignment, step));
  if (steps.length === 0) return null;
  const may = session.value?.role === "supervisor";
  return (
    <ol class="step-times">
      {steps.map((step) => {
        const said = assignment.times[step];
        const seen = assignment.seen[step];
        return (
          <li key={step} data-step={step}>
            <span>{word("step", step)}</span>
            <span class="figure">{said ? clock(Date.parse(said)) : <span class="dim">{t("times.not_said")}</span>}</span>
            <span class="figure seen">{seen ? t("times.seen", { time: clock(Date.parse(seen)) }) : ""}</span>
            <span>
              {assignment.corrected.includes(step) && <span class="chip small" data-corrected>{t("times.corrected")}</span>}
              {may && said && correcting !== step && (
                <button type="button" class="quiet small" onClick={() => setCorrecting(step)} aria-label={`${t("times.correct")}: ${word("step", step)}`}>
                  {t("times.correct")}
                </button>
              )}
            </span>
            {correcting === step && said && <Correct assignment={assignment} step={step} at={said} onDone={() => setCorrecting(null)} />}
          </li>
        );
      })}
    </ol>
  );
}
