// The phone's page: a one-time code becomes the settings of the app on this phone.
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import "../styles/base.css";
import "../styles/devices.css";
import { api, sentence } from "../api";
import { Qr, Values } from "../devices/values";
import { Mark } from "../icons";
import { language, t, word } from "../i18n/devices";
import { LanguageSwitch } from "../language-switch";
import type { Enrolled } from "../protocol-devices";

const CHECKS = ["app", "location", "battery", "notice"] as const;

function Page() {
  const [made, setMade] = useState<Enrolled | null>(null);
  return (
    <main class="install">
      <header><Mark size={36} /><h1>{t("install.title")}</h1></header>
      {made ? <Made made={made} /> : <Ask made={setMade} />}
      <LanguageSwitch />
    </main>
  );
}

function Ask({ made }: { made: (enrolled: Enrolled) => void }) {
  const [code, setCode] = useState(decodeURIComponent(location.hash.slice(1)));
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  async function submit(event: SubmitEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      made(await api.useCode(code));
      // A used code in the address would only puzzle whoever comes back to it.
      history.replaceState(null, "", location.pathname);
    } catch (thrown) {
      setError(sentence(thrown));
    } finally {
      setBusy(false);
    }
  }
  return (
    <form onSubmit={(event) => void submit(event)}>
      <p>{t("install.lead")}</p>
      <label>{t("install.code")}
        <input class="code" name="code" value={code} onInput={(event) => setCode(event.currentTarget.value)} required maxLength={20} autocomplete="one-time-code" autocapitalize="characters" spellcheck={false} placeholder="XXXX-XXXX" />
      </label>
      <p class="form-error" role="alert">{error}</p>
      <button type="submit" class="primary" disabled={busy}>{busy ? t("install.busy") : t("install.submit")}</button>
    </form>
  );
}

function Made({ made }: { made: Enrolled }) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), []);
  const opens = made.kind === "owntracks" && made.link !== null;
  return (
    <>
      <h2 ref={head} tabIndex={-1}>{t("install.for")} <b data-unit={made.unit}>{made.unit}</b></h2>
      <p class="once">{t("install.once")}</p>
      {opens && <a class="button primary big" href={made.link!}>{t("install.open.owntracks")}</a>}
      {made.kind === "traccar" && <><h3>{word("install.open", made.kind)}</h3><p>{t("install.traccar_how")}</p></>}
      {made.kind === "traccar" && made.qr !== null && <Qr svg={made.qr} />}
      {opens
        ? <details><summary>{t("install.by_hand")}</summary><Values made={made} /></details>
        : <Values made={made} />}
      <h3>{t("install.check")}</h3>
      <ul class="checks">{CHECKS.map((check) => <li key={check}><label><input type="checkbox" /> {t(`install.check.${check}`)}</label></li>)}</ul>
    </>
  );
}

document.documentElement.lang = language.peek();
render(<Page />, document.getElementById("app")!);
