// The question set and the guidance cards in force, asked for once when somebody signs in who takes calls.
import { effect, signal } from "@preact/signals";
import { api } from "./api";
import type { Triage } from "./protocol";
import { mayDispatch } from "./state";

export const triage = signal<Triage | null>(null);

const AGAIN_MS = 5000;

async function load(): Promise<void> {
  try {
    triage.value = await api.questions();
  } catch {
    // Without it the first two questions still stand in the form, and the server judges as always.
    setTimeout(() => mayDispatch.peek() && triage.peek() === null && void load(), AGAIN_MS);
  }
}

export function startQuestions(): void {
  effect(() => {
    if (mayDispatch.value && triage.peek() === null) void load();
  });
}
