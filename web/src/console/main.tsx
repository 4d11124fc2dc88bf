// The operator console's beginning: who is signed in decides between the sign-in form and the room.
import { render } from "preact";
import "../styles/base.css";
import "../styles/console.css";
import "../styles/panels.css";
import { startCoverage } from "../coverage";
import { startFacilities } from "../facilities";
import { language } from "../i18n";
import { Login } from "../login/login";
import { startQuestions } from "../questions";
import { startRoutes } from "../routes";
import { startSound } from "../sound";
import { session, startLive, whoAmI } from "../state";
import { Console } from "./console";
import { openHook } from "./test-hook";

function Page() {
  if (session.value === undefined) return null;
  return session.value === null ? <Login /> : <Console />;
}

document.documentElement.lang = language.peek();
startLive();
startSound();
startFacilities();
startCoverage();
startRoutes();
startQuestions();
openHook();
void whoAmI();
render(<Page />, document.getElementById("app")!);
