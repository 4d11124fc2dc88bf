// The bottom line: every action as a short command, its answer, and the last things that happened.
import { useState } from "preact/hooks";
import { assign, closeIncident, openIncident, setStatus } from "../actions";
import { api } from "../api";
import { attempt } from "../attempt";
import { acceptPosition, askCaller, tellFamily } from "../caller-link";
import { matchIncident, matchUnit, parseCommand, type Match } from "../command";
import { entryText } from "../entry-text";
import { clock, shortUnit } from "../format";
import { t, word } from "../i18n";
import type { Incident, Unit } from "../protocol";
import { refer } from "../referral";
import { keySheet, notice, openIncidents, room, say, unitQuery } from "../state";
import { chooseUnit, focusUnitFilter } from "./units";

function incidentCalled(text: string, among: Iterable<Incident> = openIncidents.peek()): Incident | null {
  const match: Match<Incident> = matchIncident(text, among);
  if ("found" in match) return match.found;
  if ("many" in match) say("error", t("command.many_incidents", { text, list: match.many.map((each) => each.case_number).join(", ") }));
  else say("error", t("command.no_incident", { text }));
  return null;
}
function unitCalled(text: string): Unit | null {
  const match: Match<Unit> = matchUnit(text, room.peek().units.values());
  if ("found" in match) return match.found;
  if ("many" in match) say("error", t("command.many_units", { text, list: match.many.slice(0, 5).map((each) => shortUnit(each.unit)).join(", ") }));
  else say("error", t("command.no_unit", { text }));
  return null;
}

const BY_LINK = { caller_link: askCaller, family_link: tellFamily, accept_position: acceptPosition };

/** Carries out one line; true when the line may be emptied. */
async function run(line: string): Promise<boolean> {
  const command = parseCommand(line);
  if ("error" in command) {
    say("error", command.error === "missing" ? t("command.missing", { usage: command.usage }) : t(`command.${command.error}`, { text: command.text }));
    return false;
  }
  switch (command.verb) {
    case "assign": {
      const incident = incidentCalled(command.incident);
      const unit = incident && unitCalled(command.unit);
      return incident !== null && unit !== null && assign(incident.id, unit.unit);
    }
    case "status": {
      const unit = unitCalled(command.unit);
      if (!unit) return false;
      if (!unit.assignment) {
        say("error", t("command.no_assignment", { unit: shortUnit(unit.unit) }));
        return false;
      }
      const done = await setStatus(unit.assignment, command.status, command.reason);
      if (done) say("info", t("command.status_set", { unit: shortUnit(unit.unit), status: word("step", command.status) }));
      return done;
    }
    case "close": {
      const incident = incidentCalled(command.incident);
      return incident !== null && closeIncident(incident, command.disposition, command.reason);
    }
    case "divert": {
      const incident = incidentCalled(command.incident);
      const unit = incident && unitCalled(command.unit);
      return incident !== null && unit !== null && assign(incident.id, unit.unit, { divert: true });
    }
    case "note": {
      const incident = incidentCalled(command.incident);
      return incident !== null && attempt(api.note(incident.id, command.text), t("command.noted", { case: incident.case_number }));
    }
    case "priority": {
      const incident = incidentCalled(command.incident);
      const { priority, reason } = command;
      return incident !== null && attempt(api.priority(incident.id, priority, reason), t("command.prioritised", { case: incident.case_number, priority }));
    }
    case "merge": {
      const part = incidentCalled(command.incident);
      const leader = part && incidentCalled(command.into);
      if (!part || !leader) return false;
      return attempt(api.merge(part.id, leader.id), t("merge.done", { part: part.case_number, leader: leader.case_number }));
    }
    case "split": {
      const part = incidentCalled(command.incident, [...room.peek().incidents.values()].filter((each) => each.state === "merged"));
      return part !== null && attempt(api.split(part.id), t("merge.split_done", { case: part.case_number }));
    }
    case "refer": {
      const incident = incidentCalled(command.incident);
      if (incident) {
        openIncident(incident.id);
        refer(incident);
      }
      return incident !== null;
    }
    case "caller_link":
    case "family_link":
    case "accept_position": {
      const incident = incidentCalled(command.incident);
      if (!incident) return false;
      openIncident(incident.id);
      return BY_LINK[command.verb](incident);
    }
    case "open": {
      const incident = incidentCalled(command.incident);
      if (incident) openIncident(incident.id, true);
      return incident !== null;
    }
    case "find": {
      unitQuery.value = command.text;
      focusUnitFilter();
      const match = matchUnit(command.text, room.peek().units.values());
      if ("found" in match) chooseUnit(match.found);
      return true;
    }
    case "help":
      keySheet.value = true;
      return true;
  }
}

export function CommandLine() {
  const [text, setText] = useState("");
  const last = room.value.log.slice(-2).reverse();
  return (
    <footer class="bottom">
      <form class="command" onSubmit={(event) => { event.preventDefault(); notice.value = null; void run(text).then((done) => done && setText("")); }}>
        <label for="command" class="hidden">{t("command.label")}</label>
        <span aria-hidden="true">&gt;</span>
        <input id="command" type="text" value={text} autocomplete="off" spellcheck={false} placeholder={t("command.placeholder")}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => { if (event.key === "Escape") { event.preventDefault(); setText(""); event.currentTarget.blur(); } }} />
      </form>
      <p class={`notice is-${notice.value?.kind ?? "info"}`} role="status" key={notice.value?.wish}>{notice.value?.text}</p>
      <ol class="log" aria-label={t("command.log")}>
        {last.map((entry) => (
          <li key={`${entry.seq}/${entry.kind}`}>
            <span class="figure">{clock(Date.parse(entry.at))}</span> {entry.case_number?.split("-").at(-1) ?? ""} {entryText(entry)}
          </li>
        ))}
      </ol>
    </footer>
  );
}
