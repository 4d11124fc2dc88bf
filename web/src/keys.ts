// The keyboard: what each function key does, when a single key may act, and how many presses an order has cost.

export type GlobalKey =
  | "call" | "queue" | "ranking" | "map" | "units" | "questions" | "alarms" | "close" | "sheet" | "undo" | "merge" | "sound" | "coverage" | "command"
  | "caller_link" | "family_link" | "accept_position";

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  /** Whether the focus is in a field that takes text. */
  typing: boolean;
}

const FUNCTION_KEYS: Record<string, GlobalKey> = {
  F2: "call", F3: "queue", F4: "ranking", F6: "map", F7: "units", F8: "questions", F9: "alarms", Escape: "close",
};
/** Keys without a modifier act only while nobody is typing. */
const SINGLE_KEYS: Record<string, GlobalKey> = {
  "?": "sheet", u: "undo", U: "undo", m: "sound", M: "sound", g: "merge", G: "merge", j: "coverage", J: "coverage",
  l: "caller_link", L: "caller_link", k: "family_link", K: "family_link", a: "accept_position", A: "accept_position", ":": "command", "/": "command",
};

export function globalKey(press: KeyPress): GlobalKey | null {
  if (press.ctrlKey || press.altKey || press.metaKey) return null;
  const always = FUNCTION_KEYS[press.key];
  if (always) return always;
  if (press.typing) return null;
  return SINGLE_KEYS[press.key] ?? null;
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) return !["button", "checkbox", "radio", "submit"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** The most key presses from F2 to an ordered ambulance, for a village whose name is known. */
export const KEY_BUDGET = 16;

/** Counts key presses from F2 to the order, so that the promise can be seen and tested. */
export class PressCount {
  #count = 0;
  #counting = false;

  press(key: string): void {
    if (["Shift", "Control", "Alt", "Meta", "CapsLock"].includes(key)) return;
    if (key === "F2") {
      this.#count = 0;
      this.#counting = true;
    }
    if (this.#counting) this.#count++;
  }

  /** Ends the count at the order; null when the call was not begun with F2. */
  finish(): number | null {
    if (!this.#counting) return null;
    this.#counting = false;
    return this.#count;
  }

  get count(): number {
    return this.#count;
  }
}

/** Two-letter complaint codes: the category whose code or name begins with what was typed; the first fit wins. */
export function matchCode<T extends string>(typed: string, choices: readonly { value: T; code: string; label: string }[]): T | null {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return null;
  const byCode = choices.find((choice) => choice.code.toLowerCase() === wanted);
  if (byCode) return byCode.value;
  const starts = choices.find((choice) => choice.label.toLowerCase().startsWith(wanted));
  const part = choices.find((choice) => choice.label.toLowerCase().split(/[^a-z]+/).some((w) => w.startsWith(wanted)));
  const codeStarts = choices.find((choice) => choice.code.toLowerCase().startsWith(wanted));
  return (codeStarts ?? starts ?? part)?.value ?? null;
}
