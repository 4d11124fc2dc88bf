// One device in full: how it reports, what to do about it, and what an administrator may change.
import { useState } from "preact/hooks";
import { api, sentence } from "../api";
import { age, day, dayAndTime, number, percent, wholeAge } from "../format";
import { t, word } from "../i18n/devices";
import type { Device, Remedies } from "../protocol-devices";
import { session } from "../state";
import { clockOf } from "./table";
import type { Handed } from "./handover";

interface Doing { device: Device; hand: (handed: Handed) => void; changed: (said?: string) => void }

export function Detail({ device, remedies, close, hand, changed }: Doing & { remedies: Remedies; close: () => void }) {
  const fixes = Object.entries(device.fixes).sort(([, a], [, b]) => b - a);
  const all = fixes.reduce((sum, [, n]) => sum + n, 0);
  return (
    <section class="detail" aria-labelledby="detail-title" data-detail={device.device}>
      <header>
        <h2 id="detail-title">{device.unit} <span class="dim">{device.device}</span></h2>
        <button type="button" class="quiet" onClick={close}>{t("devices.close")}</button>
      </header>
      {device.advice && <p class={device.habit === "asleep" || device.habit === "no_place" ? "advice warn" : "advice"}>{device.advice}</p>}
      <dl class="facts">
        <dt>{t("devices.kind")}</dt><dd>{word("device_kind", device.kind)}</dd>
        <dt>{t("devices.enrolled")}</dt><dd>{day(Date.parse(device.enrolled_at))}</dd>
        {device.revoked_at && <><dt>{t("devices.revoked_at")}</dt><dd>{dayAndTime(Date.parse(device.revoked_at))}</dd></>}
        <dt>{t("devices.clock")}</dt><dd>{clockOf(device)}</dd>
        <dt>{t("devices.interval")}</dt><dd>{device.interval_s === null ? "–" : age(device.interval_s)}</dd>
        <dt>{t("devices.covered")}</dt><dd>{device.covered_share === null ? "–" : percent(device.covered_share)}</dd>
        <dt>{t("devices.gaps")}</dt><dd>{device.gaps === null ? "–" : number(device.gaps)}</dd>
        <dt>{t("devices.longest")}</dt><dd>{device.longest_gap_s ? wholeAge(device.longest_gap_s) : "–"}</dd>
        <dt>{t("devices.connections")}</dt>
        <dd>{number(device.connections)}{device.takeovers > 0 && `, ${t("devices.takeovers", { n: number(device.takeovers) })}`}</dd>
      </dl>
      {all > 0 && (
        <>
          <h3>{t("devices.fixes", { time: device.since ? dayAndTime(Date.parse(device.since)) : "–" })}</h3>
          <ul class="classes">
            {fixes.map(([name, n]) => <li key={name}>{word("fix_class", name)} <b class="figure">{number(n)}</b> <span class="dim">{percent(n / all, 1)}</span></li>)}
          </ul>
        </>
      )}
      {device.habit === "asleep" && (device.kind === "owntracks" || device.kind === "traccar") && <Steps remedies={remedies} />}
      {session.value?.role === "admin" && device.revoked_at === null && <Actions key={device.device} device={device} hand={hand} changed={changed} />}
    </section>
  );
}

function Steps({ remedies }: { remedies: Remedies }) {
  return (
    <>
      <h3>{t("devices.remedies")}</h3>
      <p class="dim">{remedies.note}</p>
      {remedies.vendors.map((vendor) => (
        <details key={vendor.id}>
          <summary>{vendor.phones}</summary>
          <ol>{vendor.steps.map((step) => <li key={step}>{step}</li>)}</ol>
        </details>
      ))}
      <p class="dim">{t("devices.source", { source: remedies.source })}</p>
    </>
  );
}

function Actions({ device, hand, changed }: Doing) {
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const behindGateway = device.kind === "forwarded" || device.kind === "sms";
  async function carry(act: () => Promise<void>) {
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (thrown) {
      setError(sentence(thrown));
    } finally {
      setBusy(false);
    }
  }
  const code = () => carry(async () => hand({ is: "code", unit: device.unit, code: await api.makeCode(device.device) }));
  const secret = () => carry(async () => hand({ is: "settings", made: await api.renewSecret(device.device) }));
  const revoke = () => carry(async () => {
    await api.revokeDevice(device.device);
    changed(t("devices.revoked", { device: device.device }));
  });
  return (
    <div class="actions">
      <h3>{t("devices.actions")}</h3>
      <p class="form-error" role="alert">{error}</p>
      {asked
        ? <p class="sure">{t("devices.revoke_sure", { device: device.device })}{" "}
            <button type="button" class="danger" disabled={busy} onClick={() => void revoke()}>{t("devices.revoke_yes")}</button>{" "}
            <button type="button" onClick={() => setAsked(false)}>{t("devices.cancel")}</button></p>
        : <p class="buttons">
            {!behindGateway && <button type="button" disabled={busy} onClick={() => void code()}>{t("devices.code")}</button>}
            {!behindGateway && <button type="button" disabled={busy} onClick={() => void secret()} title={t("devices.secret_why")}>{t("devices.secret")}</button>}
            <button type="button" class="danger" onClick={() => setAsked(true)}>{t("devices.revoke")}</button></p>}
      {!behindGateway && !asked && <p class="dim">{t("devices.secret_why")}</p>}
    </div>
  );
}
