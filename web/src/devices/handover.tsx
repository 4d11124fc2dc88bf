// What is handed over once: a new device's settings, a new secret, or a one-time code.
import { useEffect, useRef } from "preact/hooks";
import { dayAndTime } from "../format";
import { t, word } from "../i18n/devices";
import type { DeviceCode, Enrolled } from "../protocol-devices";
import { CopyText, Qr, Values } from "./values";

export type Handed = { is: "settings"; made: Enrolled } | { is: "code"; unit: string; code: DeviceCode };

export function Handover({ handed, done }: { handed: Handed; done: () => void }) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), [handed]);
  return (
    <section class="handover" aria-labelledby="handover-title" data-handover={handed.is}>
      <h2 id="handover-title" ref={head} tabIndex={-1}>
        {handed.is === "code" ? `${t("devices.code_title")} · ${handed.unit}` : t("devices.handover", { unit: handed.made.unit })}
      </h2>
      {handed.is === "code" ? <Code code={handed.code} /> : <Settings made={handed.made} />}
      <button type="button" class="primary" onClick={done}>{t("devices.done")}</button>
    </section>
  );
}

function Settings({ made }: { made: Enrolled }) {
  return (
    <>
      {made.secret !== null && <p class="once">{t("devices.once")}</p>}
      <p>{word("devices.step", made.kind)}</p>
      {made.old_until !== null && <p class="dim">{t("devices.old_until", { time: dayAndTime(Date.parse(made.old_until)) })}</p>}
      <div class="handed">
        {made.qr !== null && <Qr svg={made.qr} />}
        <Values made={made} />
      </div>
    </>
  );
}

function Code({ code }: { code: DeviceCode }) {
  return (
    <>
      <p>{t("devices.code_say", { link: code.link.split("#")[0]! })}</p>
      <div class="handed">
        {code.qr !== null && <Qr svg={code.qr} />}
        <dl class="values one-time"><CopyText name="code" label={t("devices.field.code")} value={code.code} /></dl>
      </div>
      <p class="dim">{t("devices.code_until", { time: dayAndTime(Date.parse(code.expires_at)) })}</p>
    </>
  );
}
