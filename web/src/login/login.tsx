// The sign-in form, shared by both pages; made so that password managers recognise it.
import { useEffect, useRef, useState } from "preact/hooks";
import { api, sentence } from "../api";
import { LanguageSwitch } from "../language-switch";
import { t } from "../i18n";
import { Mark } from "../icons";
import { session, sessionExpired } from "../state";

export function Login() {
  const [error, setError] = useState<string | null>(sessionExpired.value ? t("login.expired") : null);
  const [busy, setBusy] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setError(null);
    try {
      const answer = await api.signIn(String(form.get("username")), String(form.get("password")));
      if (answer.role === "crew") {
        setError(t("login.crew"));
        void api.signOut().catch(() => undefined);
        return;
      }
      sessionExpired.value = false;
      session.value = answer;
    } catch (thrown) {
      setError(sentence(thrown));
    } finally {
      setBusy(false);
    }
  }

  return (
    <main class="login">
      <form class="login-card" onSubmit={(event) => void submit(event)} aria-labelledby="login-title">
        <div class="login-brand">
          <Mark size={40} />
          <div>
            <h1 id="login-title">{t("login.title")}</h1>
            <p>{t("app.tagline")}</p>
          </div>
        </div>
        <label>
          {t("login.name")}
          <input ref={first} name="username" autocomplete="username" autocapitalize="none" spellcheck={false} required />
        </label>
        <label>
          {t("login.password")}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <p class="form-error" role="alert">{error}</p>
        <button class="primary" type="submit" disabled={busy}>{busy ? t("login.busy") : t("login.submit")}</button>
        <LanguageSwitch />
      </form>
    </main>
  );
}
