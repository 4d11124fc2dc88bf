// The top line: whose room this is, what time it is, how old the screen is, how much is going on.
import { clock, age, number, zoneName } from "../format";
import { t } from "../i18n";
import { Exit } from "../icons";
import { LanguageSwitch } from "../language-switch";
import {
  freeCount, hello, keySheet, liveState, mayManage, mayReport, newVersion, now, openIncidents, session, signOut, silence_s, stale, unitList,
} from "../state";
import { PRIORITIES, isWaiting } from "../words";
import { Mark } from "../icons";
import { SoundSwitch } from "./sound-switch";

function Connection() {
  const state = stale.value ? "stale" : liveState.value === "live" ? "live" : "connecting";
  const word = state === "stale" ? t("header.stale") : state === "live" ? t("header.live") : t("header.connecting");
  return (
    <span class={`connection is-${state}`} title={t("header.data_age")} data-connection={state}>
      <span class="dot" aria-hidden="true" />
      <span>{word}</span> <span class="figure">{age(silence_s.value)}</span>
    </span>
  );
}

function ServerClock() {
  return (
    <span class="server-clock" title={t("header.clock")}>
      <time class="figure">{clock(now.value)}</time> <span class="zone">{zoneName()}</span>
    </span>
  );
}

function Counts() {
  const open = openIncidents.value;
  const waiting = open.filter(isWaiting).length;
  return (
    <div class="counts" role="group" aria-label={t("header.counts")}>
      {PRIORITIES.map((priority) => {
        const n = open.filter((incident) => incident.priority === priority).length;
        return (
          <span key={priority} class={`count priority-${priority} ${n === 0 ? "is-zero" : ""}`}>
            <b>{priority}</b> <span class="figure">{n}</span>
          </span>
        );
      })}
      {waiting > 0 && <span class="count waiting">{t("header.waiting", { n: waiting })}</span>}
    </div>
  );
}

export function Header() {
  const free = freeCount.value;
  const all = unitList.value.length;
  const speed = hello.value?.speed ?? 1;
  return (
    <header class="top">
      <div class="brand">
        <Mark />
        <span class="brand-name">SIAGA</span>
        <span class="brand-area">{hello.value?.area.name ?? ""}</span>
      </div>
      <ServerClock />
      {speed !== 1 && <span class="chip warn">{t("header.speed", { n: number(speed, Number.isInteger(speed) ? 0 : 1) })}</span>}
      <Connection />
      <Counts />
      <span class="free" title={t("header.free_of", { free, all })} data-free={free}>
        {t("header.free")} <span class="figure"><b>{free}</b>/{all}</span>
      </span>
      <span class="space" />
      {newVersion.value && (
        <button type="button" class="chip" onClick={() => location.reload()}>{t("header.new_version")}</button>
      )}
      <SoundSwitch />
      {mayReport.value && <a class="link" href="/laporan">{t("header.report")}</a>}
      {mayManage.value && <a class="link" href="/perangkat">{t("devices.title")}</a>}
      <LanguageSwitch />
      <button type="button" class="quiet" onClick={() => (keySheet.value = true)} aria-label={t("header.keys")} title={t("header.keys")}>
        <kbd>?</kbd> <span class="keys-word">{t("header.keys")}</span>
      </button>
      <span class="who">{session.value?.name}</span>
      <button type="button" class="quiet" onClick={() => void signOut()} title={t("sign_out")} aria-label={t("sign_out")}><Exit /></button>
    </header>
  );
}
