// The units as a list: who calls first, what each does, how old its position is; a filter by text and by state. Only the rows in view exist.
import { useComputed, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { openIncident } from "../actions";
import { number, shortUnit, wholeAge } from "../format";
import { t, word } from "../i18n";
import { UnitShape } from "../icons";
import type { Unit } from "../protocol";
import { fixAge_s, isStale, leftList, now, placeOf, room, selectedUnit, show, unitFilter, unitList, unitQuery, type UnitFilter } from "../state";
import { isBusy, isFree, shapeOf } from "../words";

const ROW_PX = 30;
const SPARE_ROWS = 6;
const FILTERS: readonly UnitFilter[] = ["all", "free", "busy", "stale", "off"];

function fits(unit: Unit, filter: UnitFilter, nowMs: number): boolean {
  switch (filter) {
    case "all": return true;
    case "free": return isFree(unit);
    case "busy": return isBusy(unit);
    case "stale": return unit.state !== "off_duty" && isStale(unit, nowMs);
    case "off": return unit.state === "off_duty";
  }
}
function reads(unit: Unit, text: string): boolean {
  const plain = (s: string) => s.toLowerCase().replace(/[^a-z0-9]/g, "");
  const wanted = plain(text);
  return [unit.unit, unit.village?.name ?? "", unit.village?.district ?? "", unit.name].some((part) => plain(part).includes(wanted));
}

/** A crew that calls comes first, in danger before all; then those at work. */
function rank(unit: Unit): number {
  if (unit.talk !== null) return unit.talk === "sos" ? 0 : 1;
  return isBusy(unit) ? 2 : 3;
}

export function chooseUnit(unit: Unit): void {
  selectedUnit.value = unit.unit;
  const place = placeOf(unit);
  if (place) show(place.lat, place.lon);
}

/** The list may first have to come back to the screen. */
export function focusUnitFilter(): void {
  leftList.value = "units";
  requestAnimationFrame(() => document.querySelector<HTMLElement>("#unit-filter")?.focus());
}

function Row({ unit, top }: { unit: Unit; top: number }) {
  const old = isStale(unit, now.value);
  const seconds = fixAge_s(unit, now.value);
  const age = seconds === null ? t("unit.never") : wholeAge(seconds);
  const chosen = selectedUnit.value === unit.unit;
  const incident = unit.incident ? room.value.incidents.get(unit.incident) : undefined;
  return (
    <button type="button" role="option" aria-selected={chosen} tabIndex={-1} data-unit={unit.unit} style={{ top: `${top}px` }}
      class={`unit-row ${chosen ? "is-selected" : ""}`} onClick={() => chooseUnit(unit)}
      onDblClick={() => unit.incident && openIncident(unit.incident)}>
      <UnitShape shape={shapeOf(unit.state)} stale={old} />
      <span class="unit-code">{shortUnit(unit.unit)}</span>
      <span class="unit-state">
        {unit.talk && <b class={`talk-mark is-${unit.talk}`}>{word("talk", unit.talk)}</b>}
        {unit.lacking.length > 0 && <b class="limited-mark">{t("unit.limited_short")}</b>}
        {incident ? `${word("unit_state", unit.state)} · ${incident.case_number.split("-").at(-1)}` : word("unit_state", unit.state)}
      </span>
      <span class={`unit-age figure ${old ? "is-old" : ""}`}>{unit.link === "offline" ? `${t("unit.offline")} ${age}` : age}</span>
      <span class="unit-battery figure">{unit.battery_pct === null ? "" : `${number(unit.battery_pct)}%`}</span>
    </button>
  );
}

export function Units() {
  const text = unitQuery;
  const filter = unitFilter;
  const scrolled = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  const busyFirst = useComputed(() => [...unitList.value].sort((a, b) => rank(a) - rank(b)));
  const shown = busyFirst.value.filter((unit) => fits(unit, filter.value, now.value) && (text.value === "" || reads(unit, text.value)));
  const height = list.current?.clientHeight ?? 600;
  const from = Math.max(0, Math.floor(scrolled.value / ROW_PX) - SPARE_ROWS);
  const to = Math.min(shown.length, Math.ceil((scrolled.value + height) / ROW_PX) + SPARE_ROWS);

  function onKey(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    const at = shown.findIndex((unit) => unit.unit === selectedUnit.value);
    if (step !== undefined && shown.length > 0) {
      event.preventDefault();
      const next = Math.min(shown.length - 1, Math.max(0, at + step));
      selectedUnit.value = shown[next]!.unit;
      const box = list.current;
      if (box && (next * ROW_PX < box.scrollTop || (next + 1) * ROW_PX > box.scrollTop + box.clientHeight)) box.scrollTop = next * ROW_PX - box.clientHeight / 2;
    } else if (event.key === "Enter") {
      const unit = shown[at < 0 ? 0 : at];
      if (unit) chooseUnit(unit);
    }
  }

  return (
    <>
      <div class="unit-tools">
        <input id="unit-filter" type="search" value={text.value} placeholder={t("units.filter")} aria-label={t("units.filter")}
          aria-controls="unit-list" onInput={(event) => (text.value = event.currentTarget.value)} onKeyDown={onKey} />
        <span class="figure dim">{t("units.shown", { n: shown.length })}</span>
        <div class="filters" role="group" aria-label={t("units.title")}>
          {FILTERS.map((each) => (
            <button key={each} type="button" aria-pressed={filter.value === each} onClick={() => (filter.value = each)}>
              {t(`units.${each}`)}
            </button>
          ))}
        </div>
      </div>
      <div id="unit-list" class="scroll unit-list" ref={list} role="listbox" aria-label={t("units.title")} tabIndex={0} onKeyDown={onKey}
        onScroll={(event) => (scrolled.value = event.currentTarget.scrollTop)}>
        {shown.length === 0
          ? <p class="empty" role="option" aria-selected="false" aria-disabled="true">{t("units.none")}</p>
          : (
            <div class="unit-space" role="presentation" style={{ height: `${shown.length * ROW_PX}px` }}>
              {shown.slice(from, to).map((unit, n) => <Row key={unit.unit} unit={unit} top={(from + n) * ROW_PX} />)}
            </div>
          )}
      </div>
    </>
  );
}
