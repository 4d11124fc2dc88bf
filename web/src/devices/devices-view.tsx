// The devices of the area: fetched again and again while the page is looked at, and it says so when that fails.
import { useEffect, useState } from "preact/hooks";
import { api, sentence } from "../api";
import { clock, number, setZone } from "../format";
import { language, t } from "../i18n/devices";
import type { Unit } from "../protocol";
import type { Devices } from "../protocol-devices";
import { session } from "../state";
import { AddDevice } from "./add";
import { countsOf, rowsOf } from "./care";
import { Detail } from "./detail";
import { Handover, type Handed } from "./handover";
import { DeviceTable } from "./table";

const REFRESH_MS = 15_000;

export function DevicesView() {
  const [found, setFound] = useState<Devices | null>(null);
  const [at, setAt] = useState(0);
  const [error, setError] = useState<string | null>(null);
  const [query, setQuery] = useState("");
  const [withRevoked, setWithRevoked] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const [adding, setAdding] = useState<readonly Unit[] | null>(null);
  const [handed, setHanded] = useState<Handed | null>(null);
  const [said, setSaid] = useState("");

  async function load() {
    try {
      setFound(await api.devices());
      setAt(Date.now());
      setError(null);
    } catch (thrown) {
      setError(sentence(thrown));
    }
  }
  const spoken = language.value;
  useEffect(() => {
    void load();
    const timer = setInterval(() => {
      if (!document.hidden) void load();
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [spoken]);
  useEffect(() => {
    api.map().then((map) => setZone(map.area.timezone, map.area.zone_label), () => undefined);
  }, []);

  async function add() {
    try {
      setAdding((await api.units()).units);
    } catch (thrown) {
      setError(sentence(thrown));
    }
  }
  function hand(next: Handed) {
    setAdding(null);
    setHanded(next);
    void load();
  }
  function changed(what = "") {
    setSaid(what);
    void load();
  }

  if (!found) return <main><p role="status">{error ?? t("devices.loading")}</p></main>;
  const counts = countsOf(found.devices, at);
  const rows = rowsOf(found.devices, query, withRevoked, at);
  const device = found.devices.find((each) => each.device === chosen);
  return (
    <main>
      <div class="counts">
        {(["all", "connected", "care"] as const).map((what) => (
          <p key={what} data-count={what} class={what === "care" && counts.care > 0 ? "card warn" : "card"}>
            <span>{t(`devices.count.${what}`)}</span> <b class="figure">{number(counts[what])}</b>
          </p>
        ))}
        <p class="fresh dim" role="status">{error ? t("devices.not_fresh", { time: clock(at), why: error }) : t("devices.fresh", { time: clock(at) })}</p>
      </div>
      <p class="said" role="status">{said}</p>
      {handed && <Handover handed={handed} done={() => setHanded(null)} />}
      {adding && <AddDevice units={adding} made={(made) => hand({ is: "settings", made })} cancel={() => setAdding(null)} />}
      <div class="tools">
        <label><span class="hidden">{t("devices.filter")}</span>
          <input type="search" value={query} placeholder={t("devices.filter")} onInput={(event) => setQuery(event.currentTarget.value)} />
        </label>
        {counts.revoked > 0 && (
          <label class="check"><input type="checkbox" checked={withRevoked} onChange={(event) => setWithRevoked(event.currentTarget.checked)} /> {t("devices.show_revoked", { n: number(counts.revoked) })}</label>
        )}
        <span class="space" />
        {session.value?.role === "admin" && !adding && <button type="button" class="primary" onClick={() => void add()}>{t("devices.add")}</button>}
      </div>
      <div class={device ? "both" : undefined}>
        {rows.length > 0
          ? <DeviceTable rows={rows} nowMs={at} chosen={chosen} choose={(next) => setChosen(next === chosen ? null : next)} />
          : <p class="empty">{t(found.devices.length === 0 ? "devices.none" : "devices.none_found")}</p>}
        {device && <Detail key={device.device} device={device} remedies={found.remedies} close={() => setChosen(null)} hand={hand} changed={changed} />}
      </div>
    </main>
  );
}
