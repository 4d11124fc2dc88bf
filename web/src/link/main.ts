// The page of a link: at `/l` a caller gives a position, at `/i` a family sees its ambulance. No library, for old phones and thin lines.
import "./link.css";
import { callerPage, startCaller } from "./caller";
import { button, el } from "./dom";
import { familyPage, startFamily } from "./family";
import { speak, spoken, t, type Language } from "./texts";

const isFamily = location.pathname === "/i";
const app = document.getElementById("app")!;
const title = el("h1", { tabindex: "-1" });
const body = el("section", {});
const languages = el("div", { class: "language", role: "group" });

function draw(): void {
  const parts = isFamily ? familyPage() : callerPage();
  const name = t(isFamily ? "title.family" : "title.caller");
  document.documentElement.lang = spoken();
  document.title = `Siaga: ${name}`;
  if (title.textContent !== name) title.textContent = name;
  languages.setAttribute("aria-label", t("language"));
  const hadFocus = body.contains(document.activeElement);
  // What is as before stays, so that a focus is kept and nothing is read aloud twice.
  let n = 0;
  for (const part of parts) {
    if (part === null) continue;
    const old = body.children[n++];
    if (!old) body.append(part);
    else if (old.outerHTML !== part.outerHTML) body.replaceChild(part, old);
  }
  while (body.children.length > n) body.removeChild(body.lastElementChild!);
  if (hadFocus && !body.contains(document.activeElement)) title.focus();
  for (const each of Array.from(languages.children)) each.setAttribute("aria-pressed", String(each.getAttribute("lang") === spoken()));
}

for (const each of ["id", "en"] as Language[]) {
  const made = button("language", () => { speak(each); draw(); });
  made.textContent = each.toUpperCase();
  made.setAttribute("lang", each);
  languages.append(made);
}
app.append(title, body, languages);
draw();
(isFamily ? startFamily : startCaller)(draw);
// A link opened in the same window as another is another link.
addEventListener("hashchange", () => location.reload());
