// What every browser test needs: a Chromium, a signed-in page, a picture for a person to look at, axe.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { expect } from "vitest";

function needed(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`Set ${name}: see web/README.md, "Browser tests".`);
  return value;
}

export const base = () => needed("SIAGA_URL").replace(/\/$/, "");
export const operator = () => ({ name: needed("SIAGA_NAME"), password: needed("SIAGA_PASSWORD") });
export const administrator = () => ({ name: needed("SIAGA_ADMIN_NAME"), password: needed("SIAGA_ADMIN_PASSWORD") });
export const official = () => ({ name: needed("SIAGA_OFFICIAL_NAME"), password: needed("SIAGA_OFFICIAL_PASSWORD") });
export const supervisor = () => ({ name: needed("SIAGA_SUPERVISOR_NAME"), password: needed("SIAGA_SUPERVISOR_PASSWORD") });

const FLAGS = [
  "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  // A software graphics card that does not block the page.
  "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
];
const ARTIFACTS = join(import.meta.dirname, "../../artifacts");
const axeText = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env["SIAGA_CHROMIUM"] ?? "/usr/bin/chromium", headless: true, args: FLAGS });
}

export interface Opened { context: BrowserContext; page: Page; faults: string[] }

/** A fresh page; `faults` collects errors of the page itself. */
export async function open(browser: Browser, viewport = { width: 1600, height: 900 }): Promise<Opened> {
  const context = await browser.newContext({ viewport, locale: "id-ID" });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy|Uncaught/.test(message.text())) faults.push(message.text());
  });
  return { context, page, faults };
}

export async function signIn(page: Page, path: string, who: { name: string; password: string }): Promise<void> {
  await page.goto(base() + path);
  await page.fill("input[name=username]", who.name);
  await page.fill("input[name=password]", who.password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("input[name=username]", { state: "detached" });
}

/** Signed in, with the room's units on the screen. */
export async function enterRoom(page: Page, who = operator()): Promise<void> {
  await signIn(page, "/?test=1", who);
  await page.waitForFunction(() => Number(window.__siaga?.["units"]) > 0 && window.__siaga?.["live"] === "live", undefined, { timeout: 15_000 });
}

export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`) });
}

/** Every rule of WCAG A and AA that a program can check. axe is put in from outside, as the page's own policy forbids inline scripts. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  await page.evaluate(axeText);
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(root: Document, options: object): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> } };
    const { violations } = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
    return violations.map((violation) => ({ id: violation.id, at: violation.nodes.slice(0, 5).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`) }));
  });
  expect(found, name).toEqual([]);
}
