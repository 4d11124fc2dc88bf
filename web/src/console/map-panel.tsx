// The middle of the screen: the map, loaded after everything else, or a sentence when this browser cannot draw it.
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { chooseOnMap, openIncident } from "../actions";
import { api, sentence } from "../api";
import { number, shortUnit, wholeAge } from "../format";
import { t, word } from "../i18n";
import { Home, UnitShape, Warn } from "../icons";
import { detectRenderer } from "../map/renderer";
import type { MapView } from "../map/view";
import type { Unit } from "../protocol";
import { fixAge_s, isStale, mayDispatch, now, panel, room, say, selectedUnit } from "../state";
import { SHAPES, isFree, shapeOf } from "../words";
import { setDuty } from "./duty";
import { calm } from "./test-hook";

export const mapState = signal<"loading" | "ready" | "software" | "failed">("loading");
let view: MapView | null = null;

function Legend() {
  return (
    <details class="legend">
      <summary>{t("map.legend")}</summary>
      <ul>
        {SHAPES.map((shape) => <li key={shape}><UnitShape shape={shape} /> {t(`shape.${shape}`)}</li>)}
        <li><UnitShape shape="available" stale /> {t("map.stale")}</li>
        <li><span class="legend-pin">P1</span> {t("map.incident")}</li>
        <li><span class="legend-facility" aria-hidden="true">+</span> {t("map.facility")}</li>
      </ul>
    </details>
  );
}

function DutyButtons({ unit }: { unit: Unit }) {
  const [reason, setReason] = useState<string | null>(null);
  if (!mayDispatch.value) return null;
  if (unit.state === "off_duty") return <button type="button" onClick={() => void setDuty(unit, true)}>{t("unit.on_duty")}</button>;
  if (!isFree(unit)) return null;
  if (reason === null) return <button type="button" onClick={() => setReason("")}>{t("unit.off_duty")}</button>;
  return (
    <form class="duty" onSubmit={(event) => { event.preventDefault(); void setDuty(unit, false, reason).then(() => setReason(null)); }}>
      <label>{t("unit.duty_reason")}
        <input type="text" required maxLength={200} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <button type="submit" class="danger">{t("unit.off_duty")}</button>
      <button type="button" class="quiet" onClick={() => setReason(null)}>{t("assignment.back")}</button>
    </form>
  );
}

function UnitCard() {
  const unit = selectedUnit.value ? room.value.units.get(selectedUnit.value) : undefined;
  if (!unit) return null;
  const seconds = fixAge_s(unit, now.value);
  const old = isStale(unit, now.value);
  return (
    <aside class="unit-card" aria-label={unit.unit}>
      <h3>
        <UnitShape shape={shapeOf(unit.state)} stale={old} size={16} /> {unit.unit}
        <button type="button" class="quiet" onClick={() => (selectedUnit.value = null)} aria-label={t("call.close")}>×</button>
      </h3>
      <p><b>{word("unit_state", unit.state)}</b>{unit.duty_reason ? `: ${unit.duty_reason}` : ""}{unit.link === "offline" ? ` · ${t("unit.offline")}` : ""}</p>
      <p class="dim">{unit.name}</p>
      {unit.village && <p class="dim">{t("unit.at_village", { village: unit.village.name, district: unit.village.district })}</p>}
      <p class={old ? "is-old" : "dim"}>
        {seconds === null ? t("unit.no_fix") : t("unit.fix", { age: wholeAge(seconds) })}
        {unit.battery_pct !== null && ` · ${t("unit.battery", { n: number(unit.battery_pct) })}`}
      </p>
      <div class="card-actions">
        {unit.incident && <button type="button" onClick={() => openIncident(unit.incident!)}>{t("unit.incident")}</button>}
        <DutyButtons key={unit.unit} unit={unit} />
      </div>
    </aside>
  );
}

async function start(container: HTMLElement): Promise<void> {
  const renderer = detectRenderer();
  if (renderer.kind === "none") {
    mapState.value = "failed";
    return;
  }
  try {
    const [{ openMap }, data] = await Promise.all([import("../map/view"), api.map()]);
    if (!container.isConnected) return;
    view = openMap(container, data, renderer.kind, calm, {
      unit: (unit) => {
        selectedUnit.value = unit.unit;
      },
      incident: (id) => openIncident(id),
      place: (lat, lon) => void chooseOnMap(lat, lon),
      ready: () => {
        mapState.value = renderer.kind === "software" ? "software" : "ready";
      },
    });
  } catch (thrown) {
    mapState.value = "failed";
    say("error", sentence(thrown));
  }
}

export function MapPanel() {
  const container = useRef<HTMLDivElement>(null);
  useEffect(() => {
    mapState.value = "loading";
    void start(container.current!);
    return () => {
      view?.remove();
      view = null;
    };
  }, []);
  const state = mapState.value;
  return (
    <section class="map panel" aria-label={`${t("map.title")} (F6)`} data-map={state}>
      <div class="map-canvas" ref={container} hidden={state === "failed"} />
      {state === "failed" && <p class="map-failed" tabIndex={-1}><Warn size={22} /> {t("map.failed")}</p>}
      {state === "loading" && <p class="map-loading">{t("map.loading")}</p>}
      {panel.value.kind === "call" && state !== "failed" && <p class="map-hint">{t("map.pick")}</p>}
      {state === "software" && <p class="map-saving">{t("map.saving")}</p>}
      {state !== "failed" && (
        <button type="button" class="map-home" onClick={() => view?.home()} title={t("map.home")} aria-label={t("map.home")}><Home size={16} /></button>
      )}
      {state !== "failed" && <Legend />}
      <UnitCard />
      {selectedUnit.value && <span class="hidden" aria-live="polite">{shortUnit(selectedUnit.value)}</span>}
    </section>
  );
}
