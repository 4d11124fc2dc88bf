// What was just ordered, and the five seconds in which it can be taken back with one key.
import { useEffect, useState } from "preact/hooks";
import { assigned, undo } from "../actions";
import { shortUnit } from "../format";
import { t } from "../i18n";
import { Tick, Undo } from "../icons";
import { room } from "../state";

const SHOWN_MS = 20_000;

export function AssignedLine() {
  const [, again] = useState(0);
  const last = assigned.value;
  useEffect(() => {
    if (!last) return;
    const timer = setInterval(() => {
      again((n) => n + 1);
      if (performance.now() > last.until + SHOWN_MS && assigned.peek() === last) assigned.value = null;
    }, 250);
    return () => clearInterval(timer);
  }, [last]);
  if (!last) return null;
  const left = Math.ceil((last.until - performance.now()) / 1000);
  const number = last.case_number || room.value.incidents.get(last.incident)?.case_number || "";
  return (
    <div class="assigned" role="status" data-assigned={last.unit} data-presses={last.presses ?? undefined}>
      <Tick size={18} />
      <span>
        {t("assigned.done", { unit: shortUnit(last.unit), case: number })}
        {last.presses !== null && <span class="dim"> {t("call.presses", { n: last.presses })}</span>}
      </span>
      {left > 0 && (
        <button type="button" onClick={() => void undo()}><Undo /> {t("assigned.undo", { n: left })}</button>
      )}
    </div>
  );
}
