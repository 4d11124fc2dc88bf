// One line of what has happened, in words: the kind of event and whatever it says beside its subjects. Pure.
import { clock, shortUnit } from "./format";
import { t, word } from "./i18n";
import type { TimelineEntry } from "./protocol";

export function entryText(entry: TimelineEntry): string {
  const unit = entry.unit ? shortUnit(entry.unit) : "";
  const kind = word("entry", entry.kind);
  switch (entry.kind) {
    case "assignment_advanced":
      return entry.status ? `${unit}: ${word("step", entry.status)}` : `${kind} · ${unit}`;
    case "step_seen":
    case "time_marked":
    case "time_corrected":
    case "aid_advanced":
    case "aid_corrected": {
      const at = entry.step_at ? ` ${clock(Date.parse(entry.step_at))}` : "";
      return `${joined(kind, unit)}: ${entry.status ? word("step", entry.status) : ""}${at}`;
    }
    case "step_undone":
    case "aid_undone":
      return `${joined(kind, unit)}: ${entry.status ? word("step", entry.status) : ""}`;
    case "duty_changed":
    case "talk_requested":
      return entry.status ? `${unit}: ${word("duty", entry.status)}` : joined(kind, unit);
    case "incident_ended":
      return entry.disposition ? `${kind}: ${word("disposition", entry.disposition)}` : kind;
    case "priority_changed":
      return entry.priority ? t("timeline.priority", { priority: entry.priority }) : kind;
    case "incident_ageing":
      return entry.percent ? t("timeline.ageing", { percent: entry.percent }) : kind;
    case "incident_merged":
      return entry.other_case ? t("timeline.merged", { case: entry.other_case }) : kind;
    case "assignment_diverted":
      return entry.other_case ? t("timeline.diverted", { unit, case: entry.other_case }) : joined(kind, unit);
    case "aid_asked":
    case "aid_confirmed":
    case "aid_received":
      return joined(kind, unit, entry.area ?? "");
    default:
      return joined(kind, unit);
  }
}

function joined(...parts: string[]): string {
  return parts.filter((part) => part !== "").join(" · ");
}
