// The right side: the call form or an incident above, the ranking between, what has happened below.
import { formError, openCall, saving } from "../actions";
import { draft, isTouched } from "../draft";
import { t } from "../i18n";
import { Phone } from "../icons";
import { mayDispatch, panel } from "../state";
import { AfterCall, AfterIncident } from "./after-ranking";
import { AidRequestHead } from "./aid-request";
import { AssignedLine } from "./assigned-line";
import { CallForm } from "./call-form";
import { IncidentAssignments, IncidentDetails, IncidentHead } from "./incident";
import { RankingPanel } from "./ranking-panel";

export function SidePanel() {
  const { kind } = panel.value;
  const id = panel.value.kind === "incident" ? panel.value.id : null;
  const asked = panel.value.kind === "aid" ? panel.value.id : null;
  return (
    <section class="side panel" aria-label={kind === "incident" || kind === "aid" ? t("incident.title") : t("call.title")}>
      <div class="scroll">
        {kind === "none" && mayDispatch.value && (
          <div class="side-empty">
            <button type="button" class="primary big" onClick={openCall}><Phone size={18} /> {t("call.open")} <kbd>F2</kbd></button>
            {draft.value && isTouched(draft.value) && <p class="dim">{t("call.draft_restored")}</p>}
            <p class="dim">{t("keys.form")}:<br />{t("keys.flow")}</p>
          </div>
        )}
        {kind === "call" && <CallForm />}
        {id !== null && <IncidentHead key={`head-${id}`} id={id} />}
        {asked !== null && <AidRequestHead key={asked} id={asked} />}
        <AssignedLine />
        {kind === "incident" && formError.value && !saving.value && <p class="form-error" role="alert">{formError.value}</p>}
        <RankingPanel />
        {kind === "call" && <AfterCall />}
        {id !== null && <IncidentAssignments key={`assignments-${id}`} id={id} />}
        {id !== null && <AfterIncident key={`after-${id}`} id={id} />}
        {id !== null && <IncidentDetails key={`details-${id}`} id={id} />}
      </div>
    </section>
  );
}
