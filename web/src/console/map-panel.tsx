// The middle of the screen: the map, loaded after everything else, or a sentence when this browser cannot draw it.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { chooseOnMap, openIncident } from "../actions";
import { api, sentence } from "../api";
import { coverage, villagePlaces } from "../coverage";
import { shortUnit } from "../format";
import { t } from "../i18n";
import { Hatched, Home, UnitShape, Warn } from "../icons";
import { detectRenderer } from "../map/renderer";
import type { MapView } from "../map/view";
import { panel, say, selectedUnit } from "../state";
import { SHAPES } from "../words";
import { CoverageOnMap, minutes } from "./coverage";
import { calm } from "./test-hook";
import { UnitCard } from "./unit-card";

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
        {coverage.value && <li><Hatched /> {t("coverage.legend", { n: minutes(coverage.value) })}</li>}
        <li><span class="legend-facility" aria-hidden="true">+</span> {t("map.facility")}</li>
      </ul>
    </details>
  );
}

async function start(container: HTMLElement): Promise<void> {
  const renderer = detectRenderer();
  if (renderer.kind === "none") {
    mapState.value = "failed";
    return;
  }
  try {
    // The map is drawn without the outlines where they cannot be had.
    const outlined = api.outlines().catch(() => undefined);
    const [{ openMap }, data, outlines] = await Promise.all([import("../map/view"), api.map(), outlined]);
    if (!container.isConnected) return;
    villagePlaces.value = new Map(data.villages.map((village) => [village.code, village]));
    view = openMap(container, data, outlines, renderer.kind, calm, {
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
      {state !== "failed" && <CoverageOnMap />}
      {state !== "failed" && <Legend />}
      <UnitCard />
      {selectedUnit.value && <span class="hidden" aria-live="polite">{shortUnit(selectedUnit.value)}</span>}
    </section>
  );
}
