// In the incident's panel: the position that a caller offers, and the link that was just made, ready to be sent.
import { useEffect, useRef } from "preact/hooks";
import { acceptPosition, askCaller, dismissPosition, madeLink, offeredIn } from "../caller-link";
import { distance, hourMinute, wholeAge } from "../format";
import { t } from "../i18n";
import { Target, Warn } from "../icons";
import type { Incident } from "../protocol";
import { now, say, show } from "../state";

/** It stands beside the place and replaces it only when somebody says so. */
export function OfferedPosition({ incident }: { incident: Incident }) {
  const offered = offeredIn(incident);
  if (!offered) return null;
  const facts = [
    offered.away_m === null ? t("offer.no_place") : t("offer.away", { distance: distance(offered.away_m) }),
    t("offer.accuracy", { distance: distance(Math.max(10, offered.accuracy_m)) }),
    t("offer.age", { age: wholeAge((now.value - Date.parse(offered.taken_at)) / 1000) }),
  ];
  return (
    <section class="offered" data-offered={offered.received_at} aria-labelledby="offered-title">
      <h3 id="offered-title" aria-live="polite"><Warn /> {t("offer.title")}</h3>
      <p>{facts.join(" · ")}
        <button type="button" class="quiet" onClick={() => show(offered.lat, offered.lon, 14)} aria-label={t("unit.show")} title={t("unit.show")}><Target /></button>
      </p>
      <p class="offered-actions">
        <button type="button" class="primary" data-accept-position onClick={() => void acceptPosition(incident)}><kbd>A</kbd> {t("offer.accept")}</button>
        <button type="button" data-dismiss-position onClick={() => void dismissPosition(incident, offered)}>{t("offer.dismiss")}</button>
      </p>
    </section>
  );
}

export function CallerLinkButton({ incident }: { incident: Incident }) {
  return <button type="button" data-caller-link onClick={() => void askCaller(incident)}><kbd>L</kbd> {t("link.caller")}</button>;
}

async function copy(text: string, field: HTMLTextAreaElement | null): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say("info", t("link.copied"));
  } catch {
    // A page without https may not copy by itself: the text is chosen, and the operator's own keys do it.
    field?.select();
    say("info", t("link.copy_by_hand"));
  }
}

/** Shown where it was made, until it is closed or another is made. */
export function LinkBox({ incident }: { incident: Incident }) {
  const box = useRef<HTMLElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const last = madeLink.value?.incident === incident.id ? madeLink.value : null;
  const url = last?.made.url;
  useEffect(() => { if (url) box.current?.querySelector<HTMLElement>("a")?.focus(); }, [url]);
  if (!last) return null;
  const { made, kind, unit } = last;
  return (
    <section ref={box} class="link-box" data-link={kind} aria-labelledby="link-title"
      onKeyDown={(event) => { if (event.key === "Escape") { event.preventDefault(); madeLink.value = null; } }}>
      <h3 id="link-title">{kind === "caller" ? t("link.caller_title") : t("link.family_title", { unit: unit ?? "" })}</h3>
      {!made.url.startsWith("https://") && kind === "caller" && <p class="missing"><Warn /> {t("link.insecure")}</p>}
      <textarea ref={field} readOnly rows={4} aria-label={t("link.text")} value={made.text} data-link-text />
      <p class="link-actions">
        <a class="button" href={made.whatsapp} target="_blank" rel="noopener noreferrer">WhatsApp</a>
        <a class="button" href={made.sms}>SMS</a>
        <button type="button" data-copy onClick={() => void copy(made.text, field.current)}>{t("link.copy")}</button>
        <button type="button" class="quiet" onClick={() => (madeLink.value = null)}>{t("keys.close")}</button>
      </p>
      <p class="dim">{t(kind === "caller" ? "link.caller_until" : "link.family_until", { time: hourMinute(Date.parse(made.expires_at)) })}</p>
    </section>
  );
}
