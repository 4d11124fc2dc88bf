// The alarm bar: one row for each matter that needs an action, most urgent first; a row goes only when its cause is over.
import { useRef } from "preact/hooks";
import { requestOf } from "../aid";
import { askNext, openSubject, takeAlarm } from "../alarm-actions";
import { alarmText, inAlarmOrder, nextOf } from "../alarms";
import { running, shortUnit } from "../format";
import { t, word } from "../i18n";
import { LevelShape } from "../icons";
import type { Alarm } from "../protocol";
import { mayDispatch, now, room, session } from "../state";

function Row({ alarm, first }: { alarm: Alarm; first: boolean }) {
  const next = nextOf(alarm);
  const act = mayDispatch.value;
  const mine = alarm.owner !== null && alarm.owner === session.value?.name;
  const asked = requestOf(alarm, room.value.aid_requests);
  const number = alarm.case_number?.split("-").at(-1);
  return (
    <li class={`alarm is-${alarm.level} ${alarm.owner === null ? "is-open" : "is-taken"}`} data-alarm-row={alarm.key}>
      <button type="button" class="alarm-what" data-alarm={alarm.key} data-level={alarm.level} tabIndex={first ? 0 : -1}
        onClick={() => openSubject(alarm)} title={t("alarm.open")}>
        <LevelShape level={alarm.level} />
        <span class="alarm-level">{word("alarm_level", alarm.level)}</span>
        <span class="alarm-text">{asked ? t("alarm.aid_asked", { area: asked.area_name, unit: shortUnit(asked.unit) }) : alarmText(alarm)}</span>
        {alarm.priority && <b class={`badge-small priority-${alarm.priority}`}>{alarm.priority}</b>}
        {number && <span class="dim figure">{number}</span>}
      </button>
      <span class="alarm-age figure">{running((now.value - Date.parse(alarm.since)) / 1000)}</span>
      {act && next && (
        <button type="button" class="alarm-next" onClick={() => void askNext(alarm)}>
          <kbd>1</kbd> {alarm.kind === "unanswered" ? t("alarm.pass_on", { unit: shortUnit(next.unit) }) : t("alarm.order")}
        </button>
      )}
      {alarm.owner !== null && (
        <span class={`alarm-owner ${mine ? "is-mine" : ""}`} data-owner={alarm.owner}>{mine ? t("alarm.mine") : alarm.owner}</span>
      )}
      {alarm.owner === null && act && (
        <button type="button" class="alarm-take" onClick={() => void takeAlarm(alarm)}><kbd aria-label="Enter">↵</kbd> {t("alarm.take")}</button>
      )}
    </li>
  );
}

export function AlarmBar() {
  const list = useRef<HTMLUListElement>(null);
  const all = [...room.value.alarms].sort(inAlarmOrder);
  const open = all.filter((alarm) => alarm.owner === null);
  const critical = open.find((alarm) => alarm.level === "critical");

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    const rows = [...(list.current?.querySelectorAll<HTMLElement>("[data-alarm]") ?? [])];
    const at = rows.indexOf(event.target as HTMLElement);
    const alarm = all.find((each) => each.key === rows[at]?.dataset["alarm"]);
    if (!alarm) return;
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step !== undefined) rows[at + step]?.focus();
    else if (event.key === "Enter") alarm.owner === null && mayDispatch.value ? void takeAlarm(alarm) : openSubject(alarm);
    else if (event.key === "1" && mayDispatch.value) void askNext(alarm);
    else return;
    event.preventDefault();
  }

  return (
    <section class="alarms" aria-label={t("alarm.title")} hidden={all.length === 0} data-alarms={all.length}>
      <p class="hidden" role="alert">{critical ? `${word("alarm_level", "critical")}: ${alarmText(critical)} ${critical.case_number ?? ""}` : ""}</p>
      <p class="alarms-count"><kbd>F9</kbd> <span class="figure">{t("alarm.open_count", { n: open.length, all: all.length })}</span></p>
      <ul ref={list} onKeyDown={onKeyDown}>
        {all.map((alarm, n) => <Row key={alarm.key} alarm={alarm} first={n === 0} />)}
      </ul>
    </section>
  );
}
