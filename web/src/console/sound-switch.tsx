// The switch of the alarm sound; it always says whether alarms can be heard.
import { t } from "../i18n";
import { Silence, Sound } from "../icons";
import { soundState, toggleSound } from "../sound";
import { mayDispatch } from "../state";

export function SoundSwitch() {
  if (!mayDispatch.value) return null;
  const state = soundState.value;
  return (
    <button type="button" class={`sound is-${state}`} data-sound={state} onClick={toggleSound} disabled={state === "none"} title={`${t(`sound.${state}`)} (M)`}>
      {state === "on" ? <Sound size={16} /> : <Silence size={16} />} <span>{t(`sound.${state}`)}</span>
    </button>
  );
}
