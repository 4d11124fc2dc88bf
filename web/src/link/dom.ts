// The few things that a link's page does with a document: elements, a status line, requests with the link's token.
import { spoken, t, type Key } from "./texts";

type Child = Node | string | null;

export function el(name: string, props: Record<string, string>, ...children: Child[]): HTMLElement {
  const made = document.createElement(name);
  for (const key of Object.keys(props)) made.setAttribute(key, props[key]!);
  for (const child of children) if (child !== null) made.append(child);
  return made;
}

export function button(key: Key, press: () => void, kind = ""): HTMLElement {
  const made = el("button", { type: "button", class: kind, "data-do": key }, t(key));
  made.addEventListener("click", press);
  return made;
}

/** What to do when nothing else helps: words, and a number to press. */
export const callAgain = (key: Key | null): HTMLElement =>
  el("div", { class: "call" }, key && el("p", {}, t(key)), el("a", { class: "big", href: "tel:119" }, t("call")));

/** The server said no, in its own sentence. */
export class Refused extends Error {
  /** The link is of no use any more. */
  readonly over: boolean;
  constructor(sentence: string, over: boolean) {
    super(sentence);
    this.over = over;
  }
}

const TIMEOUT_MS = 15_000;

const late = () => new Promise<never>((_, fail) => setTimeout(() => fail(new Error("late")), TIMEOUT_MS));

/** Asks with the token that stands behind the `#`; throws `Refused` when asking the same again is of no use. */
export async function ask<T>(path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { authorization: `Bearer ${location.hash.slice(1)}`, "accept-language": spoken() };
  if (body !== undefined) headers["content-type"] = "application/json";
  const request = { method: body === undefined ? "GET" : "POST", headers, body: body === undefined ? null : JSON.stringify(body) };
  const response = await Promise.race([fetch(path, { ...request, cache: "no-store", credentials: "omit" }), late()]);
  const answer: unknown = await Promise.race([response.json(), late()]);
  if (response.ok) return answer as T;
  // Too many, or a server that is busy: later is better.
  if (response.status === 429 || response.status >= 500) throw new Error(String(response.status));
  throw new Refused((answer as { detail?: string }).detail || t("failed"), response.status === 404);
}
