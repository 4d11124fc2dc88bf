// The sound of alarms: made here, without files; silent until the first key press allows it, and always saying in which state it is.
import { effect, signal } from "@preact/signals";
import { newlyHigh, soundFor, type Sound } from "./alarms";
import { mayDispatch, room, stale } from "./state";

/** `locked`: the browser waits for the first key press; `none`: this browser cannot make sounds. */
export type SoundState = "locked" | "on" | "muted" | "none";
export const soundState = signal<SoundState>("AudioContext" in globalThis ? "locked" : "none");
/** What is sounding, or would be if it were not muted; for the screen and for tests. */
export const sounding = signal<Sound>(null);

interface Tune { every_ms: number; tones: readonly number[]; length_s: number }
const TUNES: Record<Exclude<Sound, null>, Tune> = {
  sos: { every_ms: 900, tones: [740, 880, 1046], length_s: 0.22 },
  stale: { every_ms: 2500, tones: [392, 330], length_s: 0.3 },
  critical: { every_ms: 10_000, tones: [660, 880, 660, 880], length_s: 0.2 },
};
const CHIME: Tune = { every_ms: 0, tones: [784], length_s: 0.25 };
const LOUD = 0.25;
const RAMP_S = 0.015;

let context: AudioContext | null = null;
let timer: ReturnType<typeof setInterval> | null = null;
let heard: ReadonlySet<string> = new Set();

function play(tune: Tune): void {
  if (!context || soundState.peek() !== "on") return;
  tune.tones.forEach((hertz, n) => {
    const from = context!.currentTime + n * tune.length_s;
    const tone = new OscillatorNode(context!, { frequency: hertz, type: "triangle" });
    const gain = new GainNode(context!, { gain: 0 });
    gain.gain.linearRampToValueAtTime(LOUD, from + RAMP_S);
    gain.gain.setValueAtTime(LOUD, from + tune.length_s - 2 * RAMP_S);
    gain.gain.linearRampToValueAtTime(0, from + tune.length_s - RAMP_S);
    tone.connect(gain).connect(context!.destination);
    tone.start(from);
    tone.stop(from + tune.length_s);
  });
}

function repeat(sound: Sound): void {
  if (timer !== null) clearInterval(timer);
  timer = null;
  if (sound === null) return;
  play(TUNES[sound]);
  timer = setInterval(() => play(TUNES[sound]), TUNES[sound].every_ms);
}

/** Browsers allow sound only from a gesture on; a refusal leaves the state as it is and the next key tries again. */
async function unlock(): Promise<void> {
  if (soundState.peek() !== "locked") return;
  try {
    context ??= new AudioContext();
    await context.resume();
    if (context.state === "running" && soundState.peek() === "locked") soundState.value = "on";
  } catch {
    soundState.value = "none";
  }
}

export function toggleSound(): void {
  if (soundState.peek() === "locked") void unlock();
  else if (soundState.peek() !== "none") soundState.value = soundState.peek() === "on" ? "muted" : "on";
}

/** Sounds for whoever may act; others only look. */
export function startSound(): void {
  for (const gesture of ["keydown", "pointerdown"]) addEventListener(gesture, () => void unlock(), { capture: true });
  effect(() => {
    sounding.value = mayDispatch.value ? soundFor(room.value.alarms, stale.value) : null;
  });
  effect(() => {
    void soundState.value;
    repeat(sounding.value);
  });
  effect(() => {
    const { alarms } = room.value;
    if (!mayDispatch.value) return;
    if (newlyHigh(alarms, heard).length > 0 && sounding.peek() === null) play(CHIME);
    heard = new Set(alarms.map((alarm) => alarm.key));
  });
}
