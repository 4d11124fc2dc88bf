// The two languages of the screen: Indonesian is the source of truth, English must have every key.
import { signal } from "@preact/signals";
import { en } from "./en";
import { id } from "./id";

export type Language = "id" | "en";
export type Key = keyof typeof id;

const STORED = "siaga.language";
const dictionaries: Record<Language, Record<Key, string>> = { id: { ...id }, en: { ...en } };

function remembered(): Language {
  try {
    return localStorage.getItem(STORED) === "en" ? "en" : "id";
  } catch {
    return "id";
  }
}

export const language = signal<Language>(remembered());

export function setLanguage(next: Language): void {
  language.value = next;
  document.documentElement.lang = next;
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // A locked-down browser forgets the choice; nothing else depends on it.
  }
}

/** The text of a key in the current language; `{name}` is replaced by the value given for it. */
export function t(key: Key, values?: Record<string, string | number>): string {
  return fill(dictionaries[language.value][key], values);
}

/** Puts the texts of one page beside those that every page has, and answers the function that knows both. */
export function withTexts<Own extends string>(
  own: Record<Language, Record<Own, string>>,
): (key: Key | Own, values?: Record<string, string | number>) => string {
  Object.assign(dictionaries.id, own.id);
  Object.assign(dictionaries.en, own.en);
  return t as (key: Key | Own, values?: Record<string, string | number>) => string;
}

export function fill(text: string, values?: Record<string, string | number>): string {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)) : text;
}

/** A text for a word that came from the server; a word we do not know is shown in plain letters, never hidden. */
export function word(group: string, value: string, values?: Record<string, string | number>): string {
  const text = dictionaries[language.value][`${group}.${value}` as Key] as string | undefined;
  return text === undefined ? value.replaceAll("_", " ") : fill(text, values);
}

/** Whether a word of the server has a text of ours. */
export function hasWord(group: string, value: string): boolean {
  return `${group}.${value}` in dictionaries.id;
}

/** One of two texts that came from the server, by the language of the screen. */
export function inLanguage(words: { id: string; en: string }): string {
  return words[language.value];
}

export function locale(): string {
  return language.value === "id" ? "id-ID" : "en-GB";
}
