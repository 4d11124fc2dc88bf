// Likely duplicates of an incident, merging and splitting, and what the same number called about before. Only a person merges.
import { useEffect, useRef, useState } from "preact/hooks";
import { openIncident } from "../actions";
import { api } from "../api";
import { attempt } from "../attempt";
import { leaderOf, likeliestFirst } from "../duplicates";
import { dayAndTime, distance, wholeAge } from "../format";
import { t, word } from "../i18n";
import { Warn } from "../icons";
import type { Incident, SimilarIncident, Similars } from "../protocol";
import { mayDispatch, openIncidents, room } from "../state";
import { isOpen } from "../words";

/** A merge waits this long for its second press. */
const CONFIRM_MS = 6000;

function useSimilars(incident: Incident): Similars | null {
  const [found, setFound] = useState<Similars | null>(null);
  const open = openIncidents.value.map((each) => each.id).sort().join();
  useEffect(() => {
    const stop = new AbortController();
    api.similar(incident.id, stop.signal).then(setFound, () => undefined);
    return () => stop.abort();
  }, [incident.id, incident.version, open]);
  return found;
}

/** Two presses: the first says what would happen, the second does it. */
function MergeButton({ incident, other, first }: { incident: Incident; other: Incident; first: boolean }) {
  const [armed, setArmed] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const { leader, part } = leaderOf(incident, other);
  function press() {
    clearTimeout(timer.current);
    if (!armed) {
      setArmed(true);
      timer.current = setTimeout(() => setArmed(false), CONFIRM_MS);
      return;
    }
    setArmed(false);
    const done = t("merge.done", { part: part.case_number, leader: leader.case_number });
    void attempt(api.merge(part.id, leader.id), done).then((merged) => merged && openIncident(leader.id));
  }
  return (
    <button type="button" class={armed ? "danger" : ""} data-merge={other.id} data-first-merge={first || undefined} data-armed={armed || undefined}
      onClick={press}>
      {first && <kbd>G</kbd>} {armed ? t("merge.confirm", { part: part.case_number, leader: leader.case_number }) : t("merge.merge")}
    </button>
  );
}

function SimilarRow({ incident, similar, first }: { incident: Incident; similar: SimilarIncident; first: boolean }) {
  const other = room.value.incidents.get(similar.incident);
  if (!other || !isOpen(other)) return null;
  const facts = [
    t("similar.apart", { age: wholeAge(similar.apart_s) }),
    similar.metres === null ? t("similar.same_village") : distance(similar.metres),
    ...(similar.same_number ? [t("similar.same_number")] : []),
  ];
  return (
    <li class={`priority-${other.priority}`} data-similar={similar.incident}>
      <button type="button" class="similar-case" onClick={() => openIncident(other.id)}>
        <b class="badge">{other.priority}</b> <b class="figure">{other.case_number}</b>
      </button>
      <span>{word("category", other.category)} <span class="dim">{facts.join(" · ")}</span></span>
      <MergeButton incident={incident} other={other} first={first} />
    </li>
  );
}

function Earlier({ found }: { found: Similars }) {
  if (found.earlier.length === 0) return null;
  return (
    <details class="earlier" open={found.false_calls > 0}>
      <summary>
        {t("earlier.title", { n: found.earlier.length })}
        {found.false_calls > 0 && <b class="missing" data-false-calls={found.false_calls}> · {t("earlier.false", { n: found.false_calls })}</b>}
      </summary>
      <ul>
        {found.earlier.map((call) => (
          <li key={call.incident}>
            <span class="figure">{call.case_number}</span> {word("category", call.category)}
            <span class="dim"> {dayAndTime(Date.parse(call.received_at))}{call.disposition && ` · ${word("disposition", call.disposition)}`}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

export function SimilarPart({ incident }: { incident: Incident }) {
  const found = useSimilars(incident);
  if (!found) return null;
  const similar = isOpen(incident) ? likeliestFirst(found.similar) : [];
  return (
    <>
      {similar.length > 0 && (
        <section class="similar" aria-labelledby="similar-title">
          <h3 id="similar-title"><Warn /> {t("similar.title")}</h3>
          <ul>{similar.map((each, n) => <SimilarRow key={each.incident} incident={incident} similar={each} first={n === 0} />)}</ul>
        </section>
      )}
      <Earlier found={found} />
    </>
  );
}

/** On an incident that is part of another: where it went, and the way back. */
export function MergedInto({ incident }: { incident: Incident }) {
  const leader = incident.merged_into === null ? undefined : room.value.incidents.get(incident.merged_into);
  if (incident.merged_into === null) return null;
  const split = () => void attempt(api.split(incident.id), t("merge.split_done", { case: incident.case_number }));
  return (
    <p class="merged-into" data-merged-into={incident.merged_into}>
      <span>{t("merge.part_of", { case: leader?.case_number ?? "" })}</span>
      {leader && <button type="button" onClick={() => openIncident(leader.id)}>{t("merge.open", { case: leader.case_number })}</button>}
      {mayDispatch.value && (
        <button type="button" data-split={incident.id} onClick={split}>{t("merge.split")}</button>
      )}
    </p>
  );
}

/** The key G: presses the first merge button that is on the screen. */
export function pressMerge(): void {
  document.querySelector<HTMLElement>("[data-first-merge]")?.click();
}
