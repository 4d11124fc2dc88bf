// The devices' page: how every ambulance's phone or tracker reports, and enrolling them.
import { render } from "preact";
import "../styles/base.css";
import "../styles/report.css";
import "../styles/devices.css";
import { language, t } from "../i18n/devices";
import { LanguageSwitch } from "../language-switch";
import { Login } from "../login/login";
import { Exit, Mark } from "../icons";
import { session, signOut, whoAmI } from "../state";
import { DevicesView } from "./devices-view";

const MAY_LOOK = ["operator", "supervisor", "admin"];

function Page() {
  const who = session.value;
  if (who === undefined) return null;
  if (who === null) return <Login />;
  return (
    <div class="report devices">
      <header class="report-top">
        <Mark size={28} />
        <h1>{t("devices.title")}</h1>
        <span class="space" />
        <nav>
          {who.role !== "official" && <a href="/">{t("report.console")}</a>}
          <LanguageSwitch />
          <span>{who.name}</span>
          <button type="button" class="quiet" onClick={() => void signOut()} aria-label={t("sign_out")} title={t("sign_out")}><Exit /></button>
        </nav>
      </header>
      {MAY_LOOK.includes(who.role) ? <DevicesView /> : <main><p class="form-error">{t("devices.forbidden")}</p></main>}
    </div>
  );
}

document.documentElement.lang = language.peek();
void whoAmI();
render(<Page />, document.getElementById("app")!);
