// Enrolling a device for a unit.
import { useState } from "preact/hooks";
import { api, sentence } from "../api";
import { t, word } from "../i18n/devices";
import { type Unit } from "../protocol";
import { DEVICE_KINDS, type DeviceKind, type Enrolled, type NewDevice } from "../protocol-devices";

export function AddDevice({ units, made, cancel }: { units: readonly Unit[]; made: (enrolled: Enrolled) => void; cancel: () => void }) {
  const [kind, setKind] = useState<DeviceKind>("owntracks");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const device: NewDevice = { unit: String(form.get("unit")).trim().toUpperCase(), kind };
    if (form.get("encrypted") !== null) device.encrypted = true;
    const address = form.get("address");
    if (address !== null) device.address = String(address).trim();
    setBusy(true);
    setError(null);
    try {
      made(await api.addDevice(device));
    } catch (thrown) {
      setError(sentence(thrown));
    } finally {
      setBusy(false);
    }
  }
  return (
    <form class="add" aria-labelledby="add-title" onSubmit={(event) => void submit(event)}>
      <h2 id="add-title">{t("devices.add")}</h2>
      <label>{t("devices.unit")}
        <input name="unit" list="units" required autofocus autocomplete="off" autocapitalize="characters" spellcheck={false} placeholder={t("devices.choose_unit")} />
      </label>
      <datalist id="units">{units.map((unit) => <option key={unit.unit} value={unit.unit}>{unit.name}</option>)}</datalist>
      <label>{t("devices.kind")}
        <select name="kind" value={kind} onChange={(event) => setKind(event.currentTarget.value as DeviceKind)}>
          {DEVICE_KINDS.map((each) => <option key={each} value={each}>{word("device_kind", each)}</option>)}
        </select>
      </label>
      {(kind === "sms" || kind === "forwarded") && (
        <label>{t(`devices.address.${kind}`)}<input name="address" required autocomplete="off" inputMode={kind === "sms" ? "tel" : "text"} /></label>
      )}
      {kind === "owntracks" && <label class="check"><input name="encrypted" type="checkbox" /> {t("devices.encrypted")}</label>}
      <p class="form-error" role="alert">{error}</p>
      <p class="buttons">
        <button type="submit" class="primary" disabled={busy}>{t("devices.enrol")}</button>
        <button type="button" onClick={cancel}>{t("devices.cancel")}</button>
      </p>
    </form>
  );
}
