// A referral by keyboard: from the incident at a facility to a unit that fetches the patient there and takes him to the chosen house.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { enterRoom, expectAccessible, launch, open, picture } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

interface Facility { id: string; name: string; lat: number; lon: number }
interface Taken { incident_id: string; case_number: string }

const facilities = (page: Page) => page.evaluate(async () => ((await (await fetch("/api/v1/facilities")).json()) as { facilities: Facility[] }).facilities);
function call(page: Page, place: { lat: number; lon: number }): Promise<Taken> {
  return page.evaluate(async (at) => {
    const body = { channel: "phone", category: "transfer", place: { lat: at.lat, lon: at.lon, uncertainty_m: 30 }, answers: { conscious: "yes", breathing: "yes" } };
    const answer = await fetch("/api/v1/calls", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    return (await answer.json()) as Taken;
  }, place);
}

it("a patient at a facility is referred with the keyboard alone: where from, where to, which unit", async () => {
  const { page, context, faults } = await open(browser);
  await enterRoom(page);
  const from = (await facilities(page))[0]!;
  const { incident_id } = await call(page, from);
  await page.waitForSelector(`[data-queue-row="${incident_id}"]`);
  await page.focus(`[data-queue-row="${incident_id}"]`);
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-ranking=ready] [data-candidate]");
  expect(await page.textContent("[data-refer]")).toContain(from.name);
  await page.focus("[data-refer]");
  await page.keyboard.press("Enter");
  await page.waitForSelector(`[data-referral="${from.id}"] [data-pick-up]:focus`);
  expect(await page.locator(`[data-refer-to] option[value="${from.id}"]`).count()).toBe(0);
  await page.keyboard.press("Tab");
  await page.waitForSelector("[data-refer-to]:focus");
  const first = await page.inputValue("[data-refer-to]");
  await page.keyboard.press("ArrowDown");
  const to = await page.inputValue("[data-refer-to]");
  expect(to).not.toBe(first);
  await page.waitForSelector("[data-ranking=ready] [data-candidate]");
  await expectAccessible(page, "referral");
  await picture(page, "e2e-referral");
  const ordered = page.waitForRequest((request) => request.url().endsWith("/assignments") && request.method() === "POST");
  const sent = page.waitForRequest((request) => request.url().endsWith("/destination"));
  await page.keyboard.press("Enter");
  await page.waitForSelector(".rank-list:focus");
  await page.keyboard.press("1");
  expect((await ordered).postDataJSON()).toMatchObject({ pick_up: from.id });
  expect((await sent).postDataJSON()).toEqual({ facility: to });
  await page.waitForSelector("[data-assigned]");
  await page.waitForFunction((name) => document.querySelector("[data-assignment] .destination")?.textContent?.includes(name), from.name);
  const card = await page.evaluate(async (id) => (await (await fetch(`/api/v1/incidents/${id}`)).json()) as { assignments: { pick_up: Facility; facility: Facility }[] }, incident_id);
  expect(card.assignments[0]).toMatchObject({ pick_up: { id: from.id }, facility: { id: to } });
  await picture(page, "e2e-referred");
  await page.keyboard.press("u");
  await page.waitForSelector("[data-assignment][data-state=cancelled]");
  await page.click(".ending summary");
  await page.selectOption(".ending select", "prank");
  await page.click(".ending button[type=submit]");
  await page.waitForSelector("[data-incident][data-state=closed], [data-incident][data-state=cancelled]");
  expect(faults).toEqual([]);
  await context.close();
});

it("the list is for the place where the patient is fetched, and Escape brings the incident's own list back", async () => {
  const { page, context, faults } = await open(browser);
  await enterRoom(page);
  const [a, b] = (await facilities(page)) as [Facility, Facility];
  const { incident_id, case_number } = await call(page, a);
  await page.waitForSelector(`[data-queue-row="${incident_id}"]`);
  // The command line opens the same form.
  await page.keyboard.press("/");
  await page.keyboard.type(`rujuk ${case_number}\n`);
  await page.waitForSelector(`[data-referral="${a.id}"]`);
  const asked = page.waitForResponse((answer) => answer.url().includes("/api/v1/candidates?") && answer.url().includes(`lat=${b.lat}`));
  await page.selectOption("[data-pick-up]", b.id);
  const nearest = ((await (await asked).json()) as { candidates: { unit: string }[] }).candidates[0]!.unit;
  await page.waitForFunction((unit) => (window.__siaga?.["candidates"] as string[])[0] === unit, nearest);
  expect(await page.evaluate(() => window.__siaga?.["rankedPlace"])).toEqual({ lat: b.lat, lon: b.lon });
  expect(await page.inputValue("[data-refer-to]")).not.toBe(b.id);
  await page.focus("[data-pick-up]");
  const own = page.waitForResponse((answer) => answer.url().includes(`/incidents/${incident_id}/candidates`));
  await page.keyboard.press("Escape");
  await own;
  await page.waitForSelector("[data-referral]", { state: "detached" });
  expect(await page.evaluate(() => window.__siaga?.["rankedPlace"])).toBeNull();
  expect(await page.getAttribute("[data-incident]", "data-incident")).toBe(incident_id);
  await page.evaluate((id) => fetch(`/api/v1/incidents/${id}/close`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ disposition: "prank" }),
  }), incident_id);
  expect(faults).toEqual([]);
  await context.close();
});
