// The desk's finer work in the browser: duplicates joined and parted, a priority lowered with its reason, an alarm taken, questions and drills.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { enterRoom, expectAccessible, launch, open, operator, picture } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

async function post<T>(page: Page, path: string, body: object): Promise<T> {
  const answer = await page.evaluate(async ([where, text]) => {
    const response = await fetch(where!, { method: "POST", headers: { "content-type": "application/json" }, body: text! });
    return { status: response.status, body: (await response.json()) as unknown };
  }, [path, JSON.stringify(body)]);
  expect(answer.status, `${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body as T;
}

interface Taken { incident_id: string; case_number: string }
/** A call at sea, so that no other call of the room is near it. */
const call = (page: Page, lat: number, part: object = {}) =>
  post<Taken>(page, "/api/v1/calls", {
    channel: "phone", category: "accident", place: { lat, lon: 113.9, uncertainty_m: 50 }, answers: { conscious: "yes", breathing: "yes" }, ...part,
  });
const end = (page: Page, id: string) => post(page, `/api/v1/incidents/${id}/close`, { disposition: "prank" });
async function openFromQueue(page: Page, id: string): Promise<void> {
  await page.click(`[data-queue-row="${id}"]`);
  await page.waitForSelector(`[data-incident="${id}"]`);
}

it("a likely duplicate is suggested, merged by pressing G twice, and split off again", async () => {
  const { page, context, faults } = await open(browser);
  await enterRoom(page);
  const first = await call(page, -8.41, { caller: { phone: "0812000111" } });
  const second = await call(page, -8.411, { caller: { phone: "0812000111" } });
  await openFromQueue(page, second.incident_id);
  await page.waitForSelector(`[data-similar="${first.incident_id}"]`);
  expect(await page.textContent(`[data-similar="${first.incident_id}"]`)).toContain("nomor sama");
  await page.waitForSelector("[data-ranking=ready]");
  await expectAccessible(page, "likely duplicate");
  await page.focus("h2 .case, .incident-title h2");
  await page.keyboard.press("g");
  await page.waitForSelector(`[data-merge="${first.incident_id}"][data-armed]`);
  expect(await page.locator(`[data-queue-row="${second.incident_id}"]`).count()).toBe(1);
  await page.keyboard.press("g");
  // The earlier call leads, and its panel opens.
  await page.waitForSelector(`[data-incident="${first.incident_id}"] [data-part="${second.incident_id}"]`);
  await page.waitForSelector(`[data-queue-row="${second.incident_id}"]`, { state: "detached" });
  await page.waitForSelector("[data-calls='2']");
  await picture(page, "e2e-merged");
  await page.click(`[data-part="${second.incident_id}"] .link-button`);
  await page.waitForSelector(`[data-incident="${second.incident_id}"][data-state=merged] [data-merged-into]`);
  await expectAccessible(page, "part of another");
  await page.click(`[data-merged-into] [data-split="${second.incident_id}"]`);
  await page.waitForSelector(`[data-queue-row="${second.incident_id}"]`);
  await end(page, first.incident_id);
  await end(page, second.incident_id);
  expect(faults).toEqual([]);
  await context.close();
});

it("a priority is lowered only with a reason, and what it was stays on the screen", async () => {
  const { page, context, faults } = await open(browser);
  await enterRoom(page);
  const { incident_id } = await call(page, -8.43, { category: "cardiac" });
  await openFromQueue(page, incident_id);
  await page.waitForSelector("[data-priority=P1][data-incident]");
  await page.click("[data-edit=priority]");
  await page.click(".edit [data-priority=P3]");
  await expectAccessible(page, "priority form");
  let asked = 0;
  page.on("request", (request) => { if (request.url().endsWith("/priority")) asked++; });
  await page.click(".edit button[type=submit]");
  await page.waitForTimeout(300);
  expect(asked).toBe(0);
  expect(await page.getAttribute("[data-incident]", "data-priority")).toBe("P1");
  await page.fill(".edit input", "Nyeri sudah hilang, pelapor berjalan");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-incident][data-priority=P3]");
  expect(await page.textContent("[data-original=P1]")).toContain("P1");
  await page.waitForSelector(".timeline [data-entry=priority_changed]");
  expect(await page.textContent(".timeline [data-entry=priority_changed]")).toContain("Nyeri sudah hilang");
  // Through the command line the server is the one to refuse.
  const number = (await page.textContent(".incident-title .case"))!.split("-").at(-1)!;
  await page.keyboard.press("/");
  await page.keyboard.type(`p ${number} p4\n`);
  await page.waitForSelector(".notice.is-error");
  await page.fill("#command", "");
  await page.keyboard.type(`n ${number} sudah ditelepon balik\n`);
  await page.waitForFunction(() => document.querySelector("[data-note]")?.textContent?.includes("sudah ditelepon balik"));
  await picture(page, "e2e-priority");
  await end(page, incident_id);
  expect(faults).toEqual([]);
  await context.close();
});

it("an alarm is taken with F9 and Enter, shows its owner to everybody, and falls silent", async () => {
  const { page, context, faults } = await open(browser);
  await enterRoom(page);
  const other = await open(browser);
  await enterRoom(other.page);
  const unit = await page.evaluate(async () => {
    const { units } = (await (await fetch("/api/v1/units")).json()) as { units: { unit: string; state: string; talk: string | null }[] };
    return units.find((each) => each.state === "available_at_post" && each.talk === null)!.unit;
  });
  await post(page, `/api/v1/units/${unit}/talk`, { sos: true });
  const row = `[data-alarm-row="sos/${unit}"]`;
  await page.waitForSelector(row);
  await page.waitForSelector(`.unit-row[data-unit="${unit}"]`);
  expect(await page.locator("[data-alarm]").first().getAttribute("data-level")).toBe("critical");
  await page.waitForFunction(() => window.__siaga?.["sounding"] === "sos");
  await page.keyboard.press("Shift");
  expect(["on", "locked"]).toContain(await page.getAttribute("[data-sound]", "data-sound"));
  await page.waitForSelector("[data-sound=on]");
  await page.keyboard.press("m");
  await page.waitForSelector("[data-sound=muted]");
  await expectAccessible(page, "alarms, muted");
  await page.keyboard.press("m");
  // Other alarms may stand in the room; to this one by the arrow keys.
  await page.keyboard.press("F9");
  for (let n = 0; n < 20 && (await page.evaluate(() => (document.activeElement as HTMLElement).dataset["alarm"])) !== `sos/${unit}`; n++) {
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
  for (const screen of [page, other.page]) {
    await screen.waitForSelector(`${row} [data-owner="${operator().name}"]`);
    await screen.waitForFunction(() => window.__siaga?.["sounding"] !== "sos");
  }
  await picture(page, "e2e-alarm-taken");
  await page.keyboard.press("Enter");
  await page.waitForSelector(`[data-unit-card="${unit}"] [data-talk=sos]`);
  await expectAccessible(page, "unit in danger");
  await page.click("[data-answer-talk]");
  await page.waitForSelector(row, { state: "detached" });
  expect(faults.concat(other.faults)).toEqual([]);
  await other.context.close();
  await context.close();
});

it("a drill is marked, its priority follows the answers with their reason, and the rest of the questions waits for nobody", async () => {
  const { page, context, faults } = await open(browser);
  await enterRoom(page);
  await page.keyboard.press("F2");
  await page.keyboard.type("-8.45, 113.9");
  await page.waitForSelector(".place-list [role=option]");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-ranking=preview] [data-candidate], [data-ranking=preview] .empty");
  await page.keyboard.type("PE\n");
  await page.waitForSelector("[data-questions]");
  expect(await page.getAttribute("[data-proposal]", "data-proposal")).toBe("P1");
  await page.click(".switch input");
  await page.focus("[data-answer=conscious]");
  await page.keyboard.press("y");
  await expectAccessible(page, "form with questions");
  await page.keyboard.press("y");
  await page.waitForSelector("[data-incident] [data-drill]");
  expect(await page.getAttribute("[data-incident]", "data-priority")).toBe("P2");
  await page.waitForSelector("[data-sample]");
  await page.keyboard.press("F8");
  await page.waitForFunction(() => (document.activeElement as HTMLElement).dataset["answer"] === "breathing_difficulty");
  await page.keyboard.press("t");
  await page.keyboard.press("y");
  await page.waitForSelector("[data-incident][data-priority=P1]");
  await page.waitForSelector("[data-card-guide=mother_bleeding]");
  await expectAccessible(page, "questions and guidance");
  await picture(page, "e2e-questions");
  await end(page, (await page.getAttribute("[data-incident]", "data-incident"))!);
  expect(faults).toEqual([]);
  await context.close();
});

it("a facility that is full says so in the list and in the choice of a destination", async () => {
  const { page, context, faults } = await open(browser);
  await enterRoom(page);
  await page.click("[data-list=facilities]");
  await page.waitForSelector("[data-facility-row]");
  const id = (await page.getAttribute("[data-facility-row]", "data-facility-row"))!;
  await page.click(`[data-change-admission="${id}"]`);
  await page.click(".admission-form [data-admission=closed]");
  await page.fill(".admission-form input", "IGD penuh");
  await expectAccessible(page, "facilities");
  await page.click(".admission-form button[type=submit]");
  await page.waitForSelector(`[data-facility-row="${id}"][data-admission-now=closed]`);
  await picture(page, "e2e-facilities");
  await post(page, `/api/v1/facilities/${id}/admission`, { admission: "open" });
  await page.waitForSelector(`[data-facility-row="${id}"][data-admission-now=open]`);
  await page.keyboard.press("F7");
  await page.waitForSelector("#unit-filter:focus");
  expect(faults).toEqual([]);
  await context.close();
});
