// The officials' page: how long people waited for help, with what was counted and what was not.
import { render } from "preact";
import "../styles/base.css";
import "../styles/report.css";
import { language, t } from "../i18n/report";
import { LanguageSwitch } from "../language-switch";
import { Login } from "../login/login";
import { Exit, Mark } from "../icons";
import { mayReport, session, signOut, whoAmI } from "../state";
import { ReportView } from "./report-view";

function Page() {
  const who = session.value;
  if (who === undefined) return null;
  if (who === null) return <Login />;
  return (
    <div class="report">
      <header class="report-top">
        <Mark size={28} />
        <h1>{t("report.title")}</h1>
        <span class="space" />
        <nav class="no-print">
          {who.role !== "official" && <a href="/">{t("report.console")}</a>}
          <LanguageSwitch />
          <span>{who.name}</span>
          <button type="button" class="quiet" onClick={() => void signOut()} aria-label={t("sign_out")} title={t("sign_out")}><Exit /></button>
        </nav>
      </header>
      {mayReport.value ? <ReportView /> : <main><p class="form-error">{t("report.forbidden")}</p></main>}
    </div>
  );
}

document.documentElement.lang = language.peek();
void whoAmI();
render(<Page />, document.getElementById("app")!);
