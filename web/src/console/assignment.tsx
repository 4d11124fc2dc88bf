// One assignment: three ticks, its steps with their times, the next step, and how it ends early.
import { arrivalText } from "../arrival";
import { useState } from "preact/hooks";
import { setStatus } from "../actions";
import { api } from "../api";
import { attempt } from "../attempt";
import { awaited, tellFamily } from "../caller-link";
import { clock, distance, eta, running, shortUnit } from "../format";
import { t, word } from "../i18n";
import { Tick, Undo, UnitShape, Warn } from "../icons";
import type { Assignment, Incident } from "../protocol";
import { mayDispatch, now, room } from "../state";
import { marksFor } from "../times";
import { isOpenAssignment, shapeOf, stepsAfter, undoableStep } from "../words";
import { ConsideredList } from "./assignment-considered";
import { DestinationLine } from "./assignment-destination";
import { RouteLine } from "./assignment-route";
import { StepTimes } from "./assignment-times";

export function Ticks({ assignment }: { assignment: Assignment }) {
  const { times, sources } = assignment;
  const ticks = [
    { name: "sent", time: times.offered, text: t("tick.sent"), source: sources?.offered },
    { name: "delivered", time: times.delivered, text: t("tick.delivered"), source: sources?.delivered },
    { name: "acknowledged", time: times.acknowledged, text: t("tick.acknowledged"), source: sources?.acknowledged },
  ];
  return (
    <ol class="ticks">
      {ticks.map((tick) => (
        <li key={tick.name} class={tick.time ? "is-done" : ""} data-tick={tick.name} data-done={tick.time ? "yes" : "no"}>
          <Tick /> <span>{tick.text}</span> <span class="figure dim">{tick.time ? clock(Date.parse(tick.time)) : t("tick.waiting")}</span>
          {tick.time && tick.source && <span class="source dim">{word("time_source", tick.source)}</span>}
        </li>
      ))}
    </ol>
  );
}

/** Shown from the second alert on; what counts as late is the server's to say. */
function Late({ assignment }: { assignment: Assignment }) {
  const offered = assignment.times.offered;
  if (assignment.state !== "offered" || !offered || !(assignment.realerted || assignment.overdue)) return null;
  return (
    <p class={assignment.overdue ? "late is-over" : "late"}>
      <Warn /> {t("assignment.late", { age: running((now.value - Date.parse(offered)) / 1000) })}
    </p>
  );
}

function EndEarly({ assignment, as, onBack }: { assignment: Assignment; as: "cancelled" | "rejected"; onBack(): void }) {
  const [reason, setReason] = useState("");
  return (
    <form class="end-early" onSubmit={(event) => { event.preventDefault(); void setStatus(assignment.id, as, reason.trim()).then((done) => done && onBack()); }}>
      <label>{t("assignment.reason")}
        <input type="text" required maxLength={200} value={reason} ref={(input) => input?.focus()} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <button type="submit" class="danger">{as === "cancelled" ? t("assignment.confirm_cancel") : t("assignment.confirm_reject")}</button>
      <button type="button" class="quiet" onClick={onBack}>{t("assignment.back")}</button>
    </form>
  );
}

function Actions({ assignment, incident }: { assignment: Assignment; incident: Incident }) {
  const [ending, setEnding] = useState<"cancelled" | "rejected" | null>(null);
  const [next, ...later] = stepsAfter(assignment.state);
  const undoable = undoableStep(assignment, now.value);
  if (ending) return <EndEarly assignment={assignment} as={ending} onBack={() => setEnding(null)} />;
  return (
    <div class="assignment-actions">
      {next && <button type="button" class="primary" data-next={next} onClick={() => void setStatus(assignment.id, next)}>{word("step", next)}</button>}
      {later.length > 0 && (
        <select value="" aria-label={t("assignment.other")}
          onChange={(event) => { const step = event.currentTarget.value; event.currentTarget.value = ""; if (step) void setStatus(assignment.id, step); }}>
          <option value="">{t("assignment.other")}</option>
          {later.map((step) => <option key={step} value={step}>{word("step", step)}</option>)}
        </select>
      )}
      {undoable && (
        <button type="button" data-undo-step={undoable} onClick={() => void attempt(api.undoStep(assignment.id))}>
          <Undo /> {t("assignment.undo_step", { step: word("step", undoable) })}
        </button>
      )}
      {assignment.state === "offered" && <button type="button" onClick={() => setEnding("rejected")}>{t("assignment.reject")}</button>}
      {awaited(incident)?.id === assignment.id && (
        <button type="button" data-family-link onClick={() => void tellFamily(incident, assignment)}><kbd>K</kbd> {t("link.family")}</button>
      )}
      <button type="button" onClick={() => setEnding("cancelled")}>{t("assignment.cancel")}</button>
    </div>
  );
}

/** Moments beside the steps, also after the unit is free again. */
function Marks({ assignment }: { assignment: Assignment }) {
  const marks = marksFor(assignment);
  if (marks.length === 0) return null;
  return (
    <div class="assignment-marks" role="group" aria-label={t("assignment.marks")}>
      <span class="dim">{t("assignment.marks")}</span>
      {marks.map((mark) => (
        <button key={mark} type="button" class="quiet small" data-mark={mark} onClick={() => void attempt(api.mark(assignment.id, mark))}>
          {word("step", mark)}
        </button>
      ))}
    </div>
  );
}

/** What sets this order apart: in place of whom it stands, whether the crew was alerted twice. */
function Remarks({ assignment, incident }: { assignment: Assignment; incident: Incident }) {
  const before = incident.assignments.find((each) => each.id === assignment.instead_of);
  const remarks = [
    ...(before ? [t("assignment.instead_of", { unit: shortUnit(before.unit) })] : []),
    ...(assignment.realerted ? [t("assignment.realerted")] : []),
    ...(assignment.reason ? [`${t("assignment.reason")}: ${assignment.reason}`] : []),
  ];
  return remarks.length > 0 ? <p class="remarks">{remarks.join(" · ")}</p> : null;
}

export function AssignmentCard({ assignment, incident }: { assignment: Assignment; incident: Incident }) {
  const open = isOpenAssignment(assignment);
  const unit = room.value.units.get(assignment.unit);
  return (
    <article class={`assignment ${open ? "" : "is-ended"}`} data-assignment={assignment.id} data-state={assignment.state}>
      <h4>
        <UnitShape shape={open ? shapeOf(unit?.state ?? "offered") : "off"} /> {shortUnit(assignment.unit)}
        <span class="state-word">{word("step", assignment.state)}</span>
      </h4>
      <Ticks assignment={assignment} />
      {open && <Late assignment={assignment} />}
      <StepTimes assignment={assignment} />
      <p class="dim">
        {assignment.eta_s !== null && `${t("assignment.eta")} ${eta(assignment.eta_s)}`}
        {assignment.distance_m !== null && ` · ${distance(assignment.distance_m)}`}
        {assignment.rank !== null && ` · ${assignment.rank > 0 ? t("assignment.rank", { n: assignment.rank }) : t("assignment.unranked")}`}
      </p>
      {open && unit?.arrival && <p class="arrival" data-arrival={unit.arrival.at}>{arrivalText(unit)}</p>}
      <DestinationLine assignment={assignment} incident={incident} open={open} />
      {open && <RouteLine assignment={assignment} />}
      <Remarks assignment={assignment} incident={incident} />
      {open && mayDispatch.value && <Actions assignment={assignment} incident={incident} />}
      {mayDispatch.value && <Marks assignment={assignment} />}
      <ConsideredList assignment={assignment} />
    </article>
  );
}
