// Coverage in the browser: the figure, the layer and its key, the list that moves the map, and what the server is asked meanwhile.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { enterRoom, expectAccessible, launch, open, picture } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

interface Answer { covered_share: number; uncovered: { code: string }[] }
const asked = (page: Page) => page.evaluate(async () => (await (await fetch("/api/v1/coverage")).json()) as Answer);

/** Takes the free units around the loneliest village off duty, so that nobody reaches it; answers the village and those units. */
function leaveAlone(page: Page): Promise<{ village: string; units: string[] }> {
  return page.evaluate(async () => {
    interface Unit { unit: string; state: string; post: { lat: number; lon: number } | null; fix: { lat: number; lon: number } | null }
    const { villages } = (await (await fetch("/api/v1/map")).json()) as { villages: { code: string; lat: number; lon: number }[] };
    const { units } = (await (await fetch("/api/v1/units")).json()) as { units: Unit[] };
    const free = units.filter((unit) => unit.state.startsWith("available"));
    const around = (village: { lat: number; lon: number }) => free.filter((unit) => {
      const at = unit.fix ?? unit.post;
      return at !== null && Math.hypot(at.lat - village.lat, at.lon - village.lon) * 111 < 15;
    });
    const loneliest = villages.map((village) => ({ village, near: around(village) })).sort((a, b) => a.near.length - b.near.length)[0]!;
    const names = loneliest.near.map((unit) => unit.unit);
    for (const unit of names) {
      await fetch(`/api/v1/units/${unit}/duty`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ on_duty: false, reason: "uji" }) });
    }
    return { village: loneliest.village.code, units: names };
  });
}
function bringBack(page: Page, units: string[]): Promise<void> {
  return page.evaluate(async (names) => {
    for (const unit of names) {
      await fetch(`/api/v1/units/${unit}/duty`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ on_duty: true }) });
    }
  }, units);
}

it("villages that nobody reaches are marked with J, listed, and found on the map", async () => {
  const { page, context, faults } = await open(browser);
  await enterRoom(page);
  const { village, units } = await leaveAlone(page);
  try {
    await page.reload();
    await page.waitForFunction(() => window.__siaga?.["map"] !== "loading", undefined, { timeout: 30_000 });
    await page.waitForSelector("[data-coverage-layer]");
    expect(await page.getAttribute("[data-coverage-layer]", "aria-pressed")).toBe("false");
    expect(await page.evaluate(() => window.__siaga?.["uncovered"])).toEqual([]);
    await page.keyboard.press("j");
    await page.waitForSelector("[data-coverage-layer][aria-pressed=true]");
    await page.waitForSelector(`[data-village="${village}"]`);
    expect(await page.evaluate(() => window.__siaga?.["uncovered"])).toContain(village);
    expect(await page.textContent(".map-coverage-legend")).toMatch(/15 mnt.*perkiraan/);
    await picture(page, "e2e-coverage");
    await expectAccessible(page, "coverage");
    // Into the list by Tab, along it by the arrows.
    await page.focus("[data-coverage-switch]");
    await page.keyboard.press("Tab");
    const first = await page.evaluate(() => (document.activeElement as HTMLElement).dataset["village"]);
    expect(first).toBeDefined();
    await page.locator(`[data-village="${village}"]`).focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(`[data-village="${village}"][aria-pressed=true]`);
    const place = await page.evaluate(async (code) => {
      const { villages } = (await (await fetch("/api/v1/map")).json()) as { villages: { code: string; lat: number; lon: number }[] };
      const { lat, lon } = villages.find((each) => each.code === code)!;
      return { lat, lon };
    }, village);
    expect(await page.evaluate(() => window.__siaga?.["lookAt"])).toMatchObject(place);
    await picture(page, "e2e-coverage-village");
    await page.locator("[data-village]").first().focus();
    await page.keyboard.press("j");
    await page.waitForSelector("[data-coverage-layer][aria-pressed=false]");
    await page.waitForSelector("#unit-filter");
  } finally {
    await bringBack(page, units);
  }
  expect(faults).toEqual([]);
  await context.close();
});

it("the share is the server's, in both languages, and proposals to move up stand beside it without an alarm", async () => {
  const { page, context, faults } = await open(browser);
  await page.route("**/api/v1/coverage", async (route) => {
    const answer = await route.fetch();
    const body = (await answer.json()) as object;
    const to = { code: "35.09.30.2001", name: "Sempolan", district: "Silo" };
    await route.fulfill({ response: answer, json: { ...body, move_up: [{ unit: "AMB-AJUNG-01", post_of: "AMB-SILO-01", from: { ...to, name: "Ajung", district: "Ajung" }, to, gain_villages: 4 }] } });
  });
  await enterRoom(page);
  await page.click("[data-list=coverage]");
  await page.waitForSelector("[data-coverage]");
  const { covered_share } = await asked(page);
  const shown = Number((await page.textContent(".coverage-share"))!.replace(/[^\d]/g, ""));
  expect(Math.abs(shown - covered_share * 100)).toBeLessThan(2);
  expect(await page.textContent("[data-move-up=AMB-AJUNG-01]")).toContain("Sempolan");
  expect(await page.locator("[data-alarm]", { hasText: "AJUNG-01" }).count()).toBe(0);
  await page.locator(".language button", { hasText: "EN" }).click();
  await page.waitForFunction(() => document.querySelector(".coverage-summary")?.textContent?.includes("of villages within 15 min"));
  await expectAccessible(page, "proposals to move up");
  expect(faults).toEqual([]);
  await context.close();
});

it("coverage is asked for every half minute, and not while nobody looks", async () => {
  const { page, context } = await open(browser);
  await page.clock.install();
  let times = 0;
  page.on("request", (request) => { if (request.url().endsWith("/api/v1/coverage")) times++; });
  await enterRoom(page);
  await page.waitForSelector("[data-list=coverage] .figure");
  const before = times;
  await page.clock.fastForward(31_000);
  await expect.poll(() => times).toBeGreaterThan(before);
  await page.evaluate(() => Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" }));
  await page.waitForTimeout(300);
  const hidden = times;
  await page.clock.fastForward(95_000);
  await page.waitForTimeout(300);
  expect(times).toBe(hidden);
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "visible" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await expect.poll(() => times).toBeGreaterThan(hidden);
  await context.close();
});
