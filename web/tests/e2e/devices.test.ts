// An administrator enrols a phone and tells its crew a one-time code; the phone's page uses it once. Others only look.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { administrator, base, expectAccessible, launch, official, open, picture, signIn, supervisor } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

const PHONE = { width: 360, height: 740 };

it("a phone is enrolled, set up with a one-time code, and sent away again", async () => {
  const { page, context, faults } = await open(browser, { width: 1366, height: 768 });
  await signIn(page, "/perangkat", administrator());
  await page.waitForSelector("[data-table=devices]");
  const before = Number(await page.textContent("[data-count=all] b"));
  await picture(page, "e2e-devices");
  await page.click(".tools .primary");
  await page.fill("input[name=unit]", "AMB-NONE-99");
  await page.click(".add button[type=submit]");
  await page.waitForFunction(() => document.querySelector(".add [role=alert]")?.textContent !== "");
  await page.fill("input[name=unit]", "amb-silo-03");
  await page.selectOption("select[name=kind]", "sms");
  expect(await page.locator("input[name=address]").count()).toBe(1);
  await page.selectOption("select[name=kind]", "owntracks");
  await page.check("input[name=encrypted]");
  await expectAccessible(page, "adding a device");
  await page.click(".add button[type=submit]");
  await page.waitForSelector("[data-handover=settings]");
  const name = (await page.textContent("[data-value=username]"))!;
  expect(name).toMatch(/^amb-silo-03-/);
  const shown = (await page.textContent("[data-value=secret]"))!;
  expect(await page.textContent("[data-value=encryption_key]")).toHaveLength(32);
  expect(await page.locator("img.qr").evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(100);
  await expectAccessible(page, "a device's settings");
  await picture(page, "e2e-device-settings");
  await page.click(".handover > .primary");
  expect(await page.content()).not.toContain(shown);
  expect(Number(await page.textContent("[data-count=all] b"))).toBe(before + 1);

  await page.fill("input[type=search]", name);
  await page.click(`[data-device="${name}"] button`);
  await expectAccessible(page, "a device in full");
  await page.click(".actions button >> nth=0");
  await page.waitForSelector("[data-handover=code]");
  const code = (await page.textContent("[data-value=code]"))!;
  await picture(page, "e2e-device-code");

  const phone = await open(browser, PHONE);
  await phone.page.goto(`${base()}/pasang#${code}`);
  await expectAccessible(phone.page, "the phone's page");
  await phone.page.click("button[type=submit]");
  await phone.page.waitForSelector("[data-unit=AMB-SILO-03]");
  expect(await phone.page.getAttribute("a.big", "href")).toMatch(/^owntracks:\/\/\/config\?inline=/);
  await phone.page.click("summary");
  expect(await phone.page.textContent("[data-value=secret]")).not.toBe(shown);
  await expectAccessible(phone.page, "the phone's settings");
  await picture(phone.page, "e2e-install");
  await phone.page.goto(`${base()}/pasang`);
  await phone.page.click("[lang=en]");
  await phone.page.fill("input[name=code]", code);
  await phone.page.click("button[type=submit]");
  await phone.page.waitForFunction(() => document.querySelector("[role=alert]")?.textContent?.includes("used"));
  expect(phone.faults).toEqual([]);
  await phone.context.close();

  await page.click(".actions .danger");
  await page.click(".sure .danger");
  await page.waitForFunction((gone) => document.querySelector(`[data-device="${gone}"]`) === null, name);
  expect(await page.textContent(".said")).toContain(name);
  expect(faults).toEqual([]);
  await context.close();
});

it("a supervisor looks and changes nothing, an official does not look", async () => {
  const { page, context, faults } = await open(browser, PHONE);
  await signIn(page, "/perangkat", supervisor());
  await page.click("[data-device] button");
  await page.waitForSelector("[data-detail]");
  expect(await page.locator(".actions, .tools .primary").count()).toBe(0);
  await expectAccessible(page, "devices on a narrow screen");
  await picture(page, "e2e-devices-narrow");
  expect(faults).toEqual([]);
  await context.close();
  const other = await open(browser);
  await signIn(other.page, "/perangkat", official());
  await other.page.waitForSelector("main .form-error");
  expect(await other.page.locator("[data-table]").count()).toBe(0);
  await other.context.close();
});
