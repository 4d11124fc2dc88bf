// Mutual aid as the asking desk: which neighbours could send whom, what was asked, and who answers for the incident meanwhile.
import { useEffect, useState } from "preact/hooks";
import { aidTimes, dutyLines } from "../aid";
import { askNeighbour, withdrawAid } from "../aid-actions";
import { api, sentence } from "../api";
import { clock, distance, eta, shortUnit, wholeAge } from "../format";
import { t, word } from "../i18n";
import { Cross, Tick, Warn } from "../icons";
import type { Aid, Incident, Neighbour, NeighbourCandidate } from "../protocol";
import { hello, mayDispatch } from "../state";
import { isOpen, isOpenAid } from "../words";
import { TextField } from "./text-field";

/** Asking waits this long for its second press. */
const CONFIRM_MS = 6000;

export const here = () => hello.value?.area.name ?? "";

function Candidate({ neighbour, candidate, asked, armed, onPress }: {
  neighbour: Neighbour; candidate: NeighbourCandidate; asked: boolean; armed: boolean; onPress(): void;
}) {
  const fix = candidate.fix_age_s === null ? t("ranking.post") : t("unit.fix", { age: wholeAge(candidate.fix_age_s) });
  const abilities = candidate.capabilities.map((each) => word("capability", each)).join(" · ");
  return (
    <li>
      <button type="button" class={armed ? "danger" : ""} disabled={asked || !neighbour.reachable} data-ask={candidate.unit}
        data-armed={armed || undefined} onClick={onPress}>
        <b>{shortUnit(candidate.unit)}</b>
        <span class="figure">{eta(candidate.eta_s)} · {distance(candidate.distance_m)} {word("basis", candidate.basis)}</span>
        <span class="dim">{armed ? t("aid.confirm_ask", { area: neighbour.name }) : [candidate.name, fix, abilities].filter(Boolean).join(" · ")}</span>
      </button>
    </li>
  );
}

function NeighbourPart({ incident, neighbour }: { incident: Incident; neighbour: Neighbour }) {
  const [armed, setArmed] = useState<string | null>(null);
  useEffect(() => {
    if (armed === null) return;
    const timer = setTimeout(() => setArmed(null), CONFIRM_MS);
    return () => clearTimeout(timer);
  }, [armed]);
  const isAsked = (unit: string) => (incident.aid ?? []).some((aid) => isOpenAid(aid) && aid.area === neighbour.area && aid.unit === unit);
  function press(unit: string) {
    if (armed !== unit) return setArmed(unit);
    setArmed(null);
    void askNeighbour(incident.id, neighbour, unit);
  }
  return (
    <section class="neighbour" aria-label={neighbour.name} data-neighbour={neighbour.area}>
      <h4>
        {neighbour.name}
        <span class={neighbour.reachable ? "reach is-open" : "reach is-closed"}>
          {neighbour.reachable ? <Tick /> : <Cross />} {t(neighbour.reachable ? "aid.reachable" : "aid.unreachable")}
        </span>
      </h4>
      {neighbour.problem && <p class="missing"><Warn size={12} /> {neighbour.problem}</p>}
      {neighbour.reachable && neighbour.candidates.length === 0 && <p class="dim">{t("aid.no_candidates")}</p>}
      <ul>
        {neighbour.candidates.map((candidate) => (
          <Candidate key={candidate.unit} neighbour={neighbour} candidate={candidate} asked={isAsked(candidate.unit)}
            armed={armed === candidate.unit} onPress={() => press(candidate.unit)} />
        ))}
      </ul>
    </section>
  );
}

function Neighbours({ incident }: { incident: Incident }) {
  const [found, setFound] = useState<Neighbour[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const where = incident.place ? `${incident.place.lat},${incident.place.lon}` : "";
  useEffect(() => {
    const stop = new AbortController();
    setProblem(null);
    api.neighbours(incident.id, stop.signal).then(
      ({ neighbours }) => setFound(neighbours),
      (thrown: unknown) => !stop.signal.aborted && setProblem(sentence(thrown)),
    );
    return () => stop.abort();
  }, [incident.id, where, incident.aid?.length]);
  return (
    <div class="edit neighbours">
      {problem && <p class="form-error" role="alert">{problem}</p>}
      {!found && !problem && <p class="dim" role="status">{t("aid.looking")}</p>}
      {found?.length === 0 && <p class="dim">{t("aid.no_neighbours")}</p>}
      {found?.map((neighbour) => <NeighbourPart key={neighbour.area} incident={incident} neighbour={neighbour} />)}
    </div>
  );
}

function Withdraw({ aid }: { aid: Aid }) {
  const [reason, setReason] = useState<string | null>(null);
  if (reason === null) return <button type="button" data-withdraw={aid.id} onClick={() => setReason("")}>{t("aid.withdraw")}</button>;
  return (
    <form class="end-early" onSubmit={(event) => { event.preventDefault(); void withdrawAid(aid, reason.trim()).then((done) => done && setReason(null)); }}>
      <TextField label={t("assignment.reason")} value={reason} most={200} required first onValue={setReason} />
      <button type="submit" class="danger">{t("aid.withdraw")}</button>
      <button type="button" class="quiet" onClick={() => setReason(null)}>{t("assignment.back")}</button>
    </form>
  );
}

function AidCard({ aid, open }: { aid: Aid; open: boolean }) {
  return (
    <article class={`assignment aid is-${aid.state} ${isOpenAid(aid) ? "" : "is-ended"}`} data-aid={aid.id} data-state={aid.state}>
      <h4>
        {shortUnit(aid.unit)} <span class="chip small">{aid.area_name}</span>
        <span class="state-word">{word("aid_state", aid.state)}</span>
      </h4>
      <p class="dim">
        {aid.eta_s !== null && isOpenAid(aid) && `${t("assignment.eta")} ${eta(aid.eta_s)}`}
        {aid.reason && `${t("assignment.reason")}: ${aid.reason}`}
      </p>
      <ol class="step-times">
        {aidTimes(aid).map(({ name, at }) => (
          <li key={name}><span>{word("aid_time", name)}</span><span class="figure">{clock(Date.parse(at))}</span></li>
        ))}
      </ol>
      {open && isOpenAid(aid) && mayDispatch.value && <div class="assignment-actions"><Withdraw aid={aid} /></div>}
    </article>
  );
}

/** Whose the incident is now, for as long as a neighbour has to do with it. */
export function DutyLines({ incident }: { incident: Incident }) {
  const lines = dutyLines(incident.aid ?? [], here());
  return <>{lines.map(({ state, text }) => <p key={text} class="duty" data-duty={state}>{text}</p>)}</>;
}

/** What has been asked stands with the other assignments. */
export function AidCards({ incident }: { incident: Incident }) {
  return <>{[...(incident.aid ?? [])].reverse().map((aid) => <AidCard key={aid.id} aid={aid} open={isOpen(incident)} />)}</>;
}

/** A server that knows no neighbours offers none. */
export function mayAskNeighbours(incident: Incident): boolean {
  return incident.aid !== undefined && isOpen(incident) && incident.place !== null && !incident.asked_by;
}

export function AskNeighbours({ incident }: { incident: Incident }) {
  return (
    <section aria-label={t("aid.title")}>
      <Neighbours incident={incident} />
    </section>
  );
}
