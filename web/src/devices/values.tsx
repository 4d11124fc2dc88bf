// The values of a configuration, each to be copied, and its QR code: on the devices' page and on the phone's.
import { useState } from "preact/hooks";
import { t, word } from "../i18n/devices";
import type { Enrolled } from "../protocol-devices";
import { valuesOf } from "./care";

/** Pages on plain http have no clipboard: there the text is selected instead. */
async function copy(field: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(field.textContent ?? "");
    return true;
  } catch {
    getSelection()?.selectAllChildren(field);
    return false;
  }
}

export function CopyText({ name, label, value }: { name: string; label: string; value: string }) {
  const [copied, setCopied] = useState(false);
  const id = `value-${name}`;
  return (
    <div class="value">
      <dt>{label}</dt>
      <dd>
        <code id={id} data-value={name}>{value}</code>
        <button type="button" aria-label={`${t("devices.copy")}: ${label}`} onClick={() => void copy(document.getElementById(id)!).then(setCopied)}>
          {copied ? t("devices.copied") : t("devices.copy")}
        </button>
      </dd>
    </div>
  );
}

export function Values({ made }: { made: Enrolled }) {
  return (
    <dl class="values">
      {valuesOf(made).map(([field, value]) => (
        <CopyText key={field} name={field} label={word("devices.field", field)} value={field === "tls" ? word("devices", value) : value} />
      ))}
    </dl>
  );
}

/** As a picture, so that nothing of it is read as part of the page. */
export function Qr({ svg }: { svg: string }) {
  return <img class="qr" src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`} alt={t("devices.qr")} width={240} height={240} />;
}
