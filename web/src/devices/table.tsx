// The table of devices, those that need care first.
import { age, number, percent, wholeAge } from "../format";
import { t, word } from "../i18n/devices";
import type { Device } from "../protocol-devices";
import { needsCare, type Row } from "./care";

export function heardOf(device: Device, nowMs: number): string {
  if (device.heard_at === null) return t("devices.never");
  return t("devices.ago", { age: wholeAge((nowMs - Date.parse(device.heard_at)) / 1000) });
}

/** A clock within two seconds of ours is right. */
export function clockOf(device: Device): string {
  const behind = device.clock_behind_s;
  if (behind === null) return "–";
  if (Math.abs(behind) <= 2) return t("devices.clock_right");
  return t(behind > 0 ? "devices.clock_behind" : "devices.clock_ahead", { age: wholeAge(Math.abs(behind)) });
}

export function DeviceTable({ rows, nowMs, chosen, choose }: { rows: readonly Row[]; nowMs: number; chosen: string | null; choose: (device: string) => void }) {
  return (
    <div class="table" role="region" aria-label={t("devices.title")} tabIndex={0}>
      <table data-table="devices">
        <thead>
          <tr>
            <th scope="col">{t("devices.unit")}</th><th scope="col">{t("devices.device")}</th><th scope="col">{t("devices.state")}</th>
            <th scope="col">{t("devices.heard")}</th><th scope="col" class="wide">{t("devices.interval")}</th><th scope="col" class="wide">{t("devices.covered")}</th>
            <th scope="col" class="wide">{t("devices.gaps")}</th><th scope="col" class="wide">{t("devices.clock")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ device, care }) => (
            <tr key={device.device} class={device.device === chosen ? "chosen" : undefined} data-device={device.device} data-care={care}>
              <th scope="row"><button type="button" class="row-button" aria-expanded={device.device === chosen} onClick={() => choose(device.device)}>{device.unit}</button></th>
              <td>{word("device_kind", device.kind)}<span class="dim name">{device.device}</span></td>
              <td>
                <span class={needsCare(care) ? "care warn" : `care ${care}`}>{word("care", care)}</span>
                <span class="dim name">{t(device.connected ? "devices.connected" : "devices.not_connected")}{device.shown && ` · ${t("devices.shown")}`}</span>
              </td>
              <td class="figure">{heardOf(device, nowMs)}</td>
              <td class="figure wide">{device.interval_s === null ? "–" : age(device.interval_s)}</td>
              <td class="wide">{device.covered_share === null ? "–" : <Covered share={device.covered_share} />}</td>
              <td class="figure wide">{device.gaps === null ? "–" : number(device.gaps)}</td>
              <td class="figure wide">{clockOf(device)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Covered({ share }: { share: number }) {
  return (
    <span class="covered">
      <i aria-hidden="true"><i style={{ width: `${Math.round(share * 100)}%` }} /></i>
      <span class="figure">{percent(share)}</span>
    </span>
  );
}
