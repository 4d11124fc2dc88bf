// A caller's phone gives its position by a link and an operator takes it by one key; a family's phone sees the ambulance come.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { base, enterRoom, expectAccessible, launch, open, picture, supervisor } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

const PHONE = { width: 360, height: 740 };
/** At sea, so that no other call of the room is near it. */
const AT_SEA = { latitude: -8.46123, longitude: 113.87654 };

async function post<T>(page: Page, path: string, body: object): Promise<T> {
  const answer = await page.evaluate(async ([where, text]) => {
    const response = await fetch(where!, { method: "POST", headers: { "content-type": "application/json" }, body: text! });
    return { status: response.status, body: (await response.json()) as unknown };
  }, [path, JSON.stringify(body)]);
  expect(answer.status, `${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body as T;
}

async function openCall(page: Page): Promise<string> {
  const call = { channel: "phone", category: "accident", caller: { phone: "0812-3456-7890" }, place: { lat: -8.44, lon: 113.9, uncertainty_m: 900 }, answers: { conscious: "yes", breathing: "yes" } };
  const { incident_id } = await post<{ incident_id: string }>(page, "/api/v1/calls", call);
  await page.click(`[data-queue-row="${incident_id}"]`);
  await page.waitForSelector(`[data-incident="${incident_id}"]`);
  return incident_id;
}

/** The link that the console shows, as a phone opens it. */
async function linkOn(page: Page, kind: "caller" | "family"): Promise<string> {
  await page.waitForSelector(`[data-link=${kind}]`);
  const text = await page.inputValue("[data-link-text]");
  const url = /https?:\S+#\w+$/.exec(text)![0];
  return base() + url.slice(url.indexOf("/", 8));
}

it("a caller gives a position by a link, and the operator takes it by one key", async () => {
  const { page, context, faults } = await open(browser);
  await enterRoom(page);
  const incident = await openCall(page);
  const colleague = await open(browser);
  await enterRoom(colleague.page, supervisor());
  await page.focus(".incident-title h2");
  await page.keyboard.press("a");
  await page.waitForSelector(".notice.is-info");
  await page.keyboard.press("l");
  const link = await linkOn(page, "caller");
  expect(await page.getAttribute("[data-link] a >> nth=0", "href")).toMatch(/^https:\/\/wa\.me\/6281234567890\?text=PSC%20/);
  expect(await page.getAttribute("[data-link] a >> nth=1", "href")).toMatch(/^sms:\+6281234567890\?body=PSC%20/);
  await expectAccessible(page, "a link ready to be sent");
  await picture(page, "e2e-caller-link");

  const phone = await open(browser, PHONE);
  await phone.context.grantPermissions(["geolocation"], { origin: base() });
  await phone.context.setGeolocation({ ...AT_SEA, accuracy: 1200 });
  await phone.page.goto(link);
  await phone.page.waitForSelector("[data-do='caller.button']");
  await expectAccessible(phone.page, "the caller's page");
  await picture(phone.page, "e2e-caller-page");
  await phone.page.click("[lang=en] >> text=EN");
  expect(await phone.page.textContent("h1")).toBe("Send your position");
  await phone.page.click("[lang=id] >> text=ID");
  await phone.page.click("[data-do='caller.button']");
  await page.waitForSelector("[data-offered]");
  expect(await page.textContent("[data-offered]")).toContain("1,2 km");
  await phone.context.setGeolocation({ ...AT_SEA, accuracy: 9 });
  await page.waitForFunction(() => document.querySelector("[data-offered]")?.textContent?.includes("10 m"));
  await phone.page.waitForSelector("[data-at=given]");
  await expectAccessible(phone.page, "the caller's page, sent");
  await colleague.page.waitForSelector(`[data-queue-row="${incident}"] [data-queue-offered]`);
  await expectAccessible(page, "a position offered");
  await picture(page, "e2e-offered");
  const before = await page.textContent(".facts");
  expect(before).toContain("-8.44000, 113.90000");

  await page.focus(".incident-title h2");
  await page.keyboard.press("a");
  await page.waitForSelector("[data-offered]", { state: "detached" });
  await page.waitForFunction(() => document.querySelector(".facts")?.textContent?.includes("-8.46123, 113.87654"));
  await page.waitForSelector(".timeline [data-entry=incident_placed]");
  expect(await page.textContent(".timeline [data-entry=incident_placed]")).toContain("tautan penelepon");
  await phone.page.waitForSelector("[data-at=accepted]");
  await expectAccessible(phone.page, "the caller's page, seen by an operator");
  await picture(phone.page, "e2e-caller-accepted");

  // Given once more and dismissed: the place stays, and the link is over.
  await phone.page.click("[data-do='caller.again']");
  await page.waitForSelector("[data-dismiss-position]");
  await page.click("[data-dismiss-position]");
  await page.waitForSelector("[data-offered]", { state: "detached" });
  await phone.page.waitForSelector("[data-at=over]", { timeout: 20_000 });
  expect(await phone.page.textContent("[data-at=over]")).toContain("119");
  await expectAccessible(phone.page, "the caller's page, over");
  expect(await page.textContent(".facts")).toContain("-8.46123, 113.87654");
  await post(page, `/api/v1/incidents/${incident}/close`, { disposition: "prank" });
  expect([...faults, ...colleague.faults, ...phone.faults]).toEqual([]);
  for (const each of [phone.context, colleague.context, context]) await each.close();
});

it("a phone that may not say where it is says so, and so does a link that is wrong", async () => {
  const { page, context } = await open(browser);
  await enterRoom(page);
  const incident = await openCall(page);
  await page.click("[data-caller-link]");
  const link = await linkOn(page, "caller");
  const phone = await open(browser, PHONE);
  await phone.page.goto(link);
  await phone.page.click("[data-do='caller.button']");
  await phone.page.waitForSelector("[data-at=stuck]");
  expect(await phone.page.textContent("[data-at=stuck]")).toContain("setelan");
  expect(await phone.page.getAttribute("a.big", "href")).toBe("tel:119");
  await expectAccessible(phone.page, "the caller's page, denied");
  await picture(phone.page, "e2e-caller-denied");
  await phone.page.goto(`${link}x`);
  await phone.page.waitForSelector("[data-at=over]");
  await post(page, `/api/v1/incidents/${incident}/close`, { disposition: "prank" });
  await phone.context.close();
  await context.close();
});

it("a family sees its ambulance come, and when it is withdrawn is asked to call", async () => {
  const { page, context, faults } = await open(browser);
  await enterRoom(page);
  const incident = await openCall(page);
  await page.waitForSelector("[data-ranking=ready] [data-candidate]");
  await page.keyboard.press("F4");
  await page.keyboard.press("1");
  await page.waitForSelector("[data-assignment]");
  await page.focus(".incident-title h2");
  await page.keyboard.press("k");
  const link = await linkOn(page, "family");
  await expectAccessible(page, "a family's link");
  const phone = await open(browser, PHONE);
  await phone.page.goto(link);
  await phone.page.waitForSelector("[data-at=assigned], [data-at=en_route]");
  await phone.page.waitForSelector(".sketch svg");
  expect(await phone.page.textContent(".eta")).toContain("perkiraan");
  await expectAccessible(phone.page, "the family's page");
  await picture(phone.page, "e2e-family-page");
  const assignment = await page.getAttribute("[data-assignment]", "data-assignment");
  await post(page, `/api/v1/assignments/${assignment}/status`, { status: "cancelled", reason: "unit lain lebih dekat" });
  await phone.page.waitForSelector("[data-at=call_centre]", { timeout: 20_000 });
  expect(await phone.page.locator(".sketch").count()).toBe(0);
  await expectAccessible(phone.page, "the family's page, withdrawn");
  await post(page, `/api/v1/incidents/${incident}/close`, { disposition: "prank" });
  expect([...faults, ...phone.faults]).toEqual([]);
  await phone.context.close();
  await context.close();
});
