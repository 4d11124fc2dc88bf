// The control room's screen as a whole: what stands where, and which key goes where.
import { useEffect } from "preact/hooks";
import { closePanel, openCall, presses, undo } from "../actions";
import { acceptPosition, askCaller, forOpenIncident, tellFamily } from "../caller-link";
import { toggleCoverage } from "../coverage";
import { t } from "../i18n";
import { globalKey, isTyping, type GlobalKey } from "../keys";
import { focusRanking } from "../ranking";
import { toggleSound } from "../sound";
import { keySheet, panel, say, stale } from "../state";
import { AlarmBar } from "./alarm-bar";
import { Banner } from "./banner";
import { CommandLine } from "./command-line";
import { Header } from "./header";
import { pressMerge } from "./incident-similar";
import { KeySheet } from "./key-sheet";
import { Lists } from "./lists";
import { MapPanel } from "./map-panel";
import { focusQuestions } from "./questions";
import { Queue } from "./queue";
import { SidePanel } from "./side-panel";
import { focusUnitFilter } from "./units";

function focusOn(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

function focusAlarms(): void {
  const first = document.querySelector<HTMLElement>("[data-alarm]");
  if (first) first.focus();
  else say("info", t("alarm.none"));
}

const DO: Record<GlobalKey, () => void> = {
  call: openCall,
  queue: () => focusOn("[data-queue-row][tabindex='0']"),
  ranking: () => {
    focusRanking.value++;
  },
  map: () => focusOn(".map-canvas canvas, .map-failed"),
  units: focusUnitFilter,
  close: () => {
    if (keySheet.peek()) keySheet.value = false;
    else if (panel.peek().kind !== "none") {
      closePanel();
      focusOn("[data-queue-row][tabindex='0']");
    } else closePanel();
  },
  alarms: focusAlarms,
  questions: focusQuestions,
  merge: pressMerge,
  sound: toggleSound,
  coverage: toggleCoverage,
  caller_link: () => forOpenIncident(askCaller),
  family_link: () => forOpenIncident(tellFamily),
  accept_position: () => forOpenIncident(acceptPosition),
  sheet: () => {
    keySheet.value = !keySheet.peek();
  },
  undo: () => void undo(),
  command: () => focusOn("#command"),
};

/** Counts before anything else can keep the key for itself. */
function countKey(event: KeyboardEvent): void {
  if (!event.repeat) presses.press(event.key);
}

function onKey(event: KeyboardEvent): void {
  const key = globalKey({
    key: event.key, ctrlKey: event.ctrlKey, altKey: event.altKey, metaKey: event.metaKey, typing: isTyping(event.target),
  });
  if (!key || event.defaultPrevented) return;
  if (keySheet.peek() && key !== "close" && key !== "sheet") return;
  event.preventDefault();
  DO[key]();
}

export function Console() {
  useEffect(() => {
    addEventListener("keydown", onKey);
    addEventListener("keydown", countKey, true);
    return () => {
      removeEventListener("keydown", onKey);
      removeEventListener("keydown", countKey, true);
    };
  }, []);
  return (
    <div class={`console ${stale.value ? "is-stale" : ""}`}>
      <a class="skip" href="#queue">{t("skip")}</a>
      <Header />
      <Banner />
      <AlarmBar />
      <main class="room">
        <h1 class="hidden">{t("app.tagline")}</h1>
        <div class="left">
          <Queue />
          <Lists />
        </div>
        <MapPanel />
        <SidePanel />
      </main>
      <CommandLine />
      <KeySheet />
    </div>
  );
}
