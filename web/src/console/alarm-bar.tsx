// The alarm line: the most urgent matters that need an action, each with the one click that leads to it.
import { openIncident } from "../actions";
import { alarms } from "../alarms";
import { running, shortUnit } from "../format";
import { t } from "../i18n";
import { Warn } from "../icons";
import { now, room } from "../state";

const SHOWN = 4;

export function AlarmBar() {
  const all = alarms(room.value.incidents.values(), now.value);
  if (all.length === 0) return null;
  return (
    <section class="alarms" aria-label={t("alarm.title")}>
      <Warn size={16} />
      <ul>
        {all.slice(0, SHOWN).map((alarm) => (
          <li key={`${alarm.kind}/${alarm.incident}/${alarm.unit}`}>
            <button type="button" class={`alarm priority-${alarm.priority}`} onClick={() => openIncident(alarm.incident, true)}>
              <b class="badge">{alarm.priority}</b>
              <span>
                {alarm.kind === "waiting"
                  ? t("alarm.waiting", { case: alarm.case_number })
                  : t("alarm.unacknowledged", { unit: shortUnit(alarm.unit ?? "") })}
              </span>
              <span class="figure">{running((now.value - alarm.since_ms) / 1000)}</span>
            </button>
          </li>
        ))}
      </ul>
      {all.length > SHOWN && <span class="more">{t("alarm.more", { n: all.length - SHOWN })}</span>}
    </section>
  );
}
