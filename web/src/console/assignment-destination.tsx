// Where the patient is taken: what is chosen now, and the other facilities with their care, admission and distance.
import { useState } from "preact/hooks";
import { api } from "../api";
import { attempt } from "../attempt";
import { destinations, type Destination } from "../destinations";
import { facilities } from "../facilities";
import { distance } from "../format";
import { t, word } from "../i18n";
import { Warn } from "../icons";
import type { Assignment, Incident } from "../protocol";
import { mayDispatch } from "../state";

export function facts({ facility, metres, lacksCare }: Destination, care: string | null): string {
  return [
    metres === null ? "" : distance(metres),
    facility.admission === "open" ? "" : word("admission", facility.admission),
    lacksCare && care ? t("destination.lacks", { care: word("capability", care) }) : "",
  ].filter((part) => part !== "").join(" · ");
}

const isDoubtful = ({ facility, lacksCare }: Destination) => lacksCare || facility.admission !== "open";

export function DestinationLine({ assignment, incident, open }: { assignment: Assignment; incident: Incident; open: boolean }) {
  const [choosing, setChoosing] = useState(false);
  const all = destinations(facilities.value.filter(({ id }) => id !== assignment.pick_up?.id), incident.care, assignment.pick_up ?? incident.place);
  const chosen = all.find((each) => each.facility.id === assignment.facility?.id);
  const doubt = chosen && isDoubtful(chosen);
  const choose = (to: Destination) => void attempt(api.destination(assignment.id, to.facility.id)).then((done) => done && setChoosing(false));
  return (
    <div class="destination">
      {assignment.pick_up && <p><span class="dim">{t("destination.pick_up")}</span> <b>{assignment.pick_up.name}</b></p>}
      <p>
        <span class="dim">{t("assignment.facility")}</span> <b>{assignment.facility?.name ?? t("destination.none")}</b>
        {chosen && <span class={doubt ? "missing" : "dim"}> {doubt && <Warn size={12} />} {facts(chosen, incident.care)}</span>}
        {open && mayDispatch.value && (
          <button type="button" class="quiet small" aria-expanded={choosing} data-choose-destination onClick={() => setChoosing(!choosing)}>
            {t("destination.change")}
          </button>
        )}
      </p>
      {choosing && (
        <ul class="destinations">
          {all.map((each) => (
            <li key={each.facility.id}>
              <button type="button" disabled={each.facility.admission === "closed"} data-facility={each.facility.id}
                aria-pressed={each.facility.id === assignment.facility?.id} onClick={() => choose(each)}>
                <b>{each.facility.name}</b> <span class={isDoubtful(each) ? "missing" : "dim"}>{facts(each, incident.care)}</span>
                <span class="dim caps">{each.facility.capabilities.map((capability) => word("capability", capability)).join(" · ")}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
