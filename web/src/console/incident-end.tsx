// Ending an incident with its result, and opening it again, which is a supervisor's decision.
import { useState } from "preact/hooks";
import { closeIncident } from "../actions";
import { api } from "../api";
import { attempt } from "../attempt";
import { t, word } from "../i18n";
import type { Ending, Incident } from "../protocol";
import { mayDispatch, session } from "../state";
import { ENDINGS, isOpen } from "../words";

function End({ incident }: { incident: Incident }) {
  const [as, setAs] = useState<Ending>(incident.assignments.length > 0 ? "completed" : "solved_by_phone");
  const [reason, setReason] = useState("");
  return (
    <details class="ending">
      <summary>{t("incident.close")}</summary>
      <form onSubmit={(event) => { event.preventDefault(); void closeIncident(incident, as, reason.trim() || undefined); }}>
        <label>{t("incident.close_as")}
          <select value={as} onChange={(event) => setAs(event.currentTarget.value as Ending)}>
            {ENDINGS.map((each) => <option key={each} value={each}>{word("disposition", each)}</option>)}
          </select>
        </label>
        <label>{t("incident.close_reason")}
          <input type="text" value={reason} maxLength={200} required={as === "cancelled"} placeholder={as === "cancelled" ? "" : t("call.optional")}
            onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <button type="submit" class="danger">{t("incident.close_submit")}</button>
      </form>
    </details>
  );
}

function Reopen({ incident }: { incident: Incident }) {
  const [reason, setReason] = useState("");
  return (
    <details class="ending" data-reopen>
      <summary>{t("incident.reopen")}</summary>
      <form onSubmit={(event) => { event.preventDefault(); void attempt(api.reopen(incident.id, reason.trim()), t("incident.reopened", { case: incident.case_number })); }}>
        <label>{t("incident.reopen_reason")}
          <input type="text" value={reason} required maxLength={200} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <button type="submit">{t("incident.reopen")}</button>
      </form>
    </details>
  );
}

export function EndOrReopen({ incident }: { incident: Incident }) {
  if (isOpen(incident)) return mayDispatch.value ? <End incident={incident} /> : null;
  const ended = incident.state === "closed" || incident.state === "cancelled";
  return ended && session.value?.role === "supervisor" ? <Reopen incident={incident} /> : null;
}
