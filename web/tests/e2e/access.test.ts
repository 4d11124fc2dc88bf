// What a program can check of accessibility: every screen and every state of the console that looks different.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { base, enterRoom, expectAccessible, launch, official, open, picture, signIn } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

it("the sign-in screens have no known fault", async () => {
  const { page, context } = await open(browser);
  for (const path of ["/", "/laporan"]) {
    await page.goto(base() + path);
    await page.waitForSelector("input[name=username]");
    await expectAccessible(page, `sign-in at ${path}`);
  }
  await page.fill("input[name=username]", "nobody");
  await page.fill("input[name=password]", "wrong");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("[role=alert]")?.textContent !== "");
  await expectAccessible(page, "sign-in refused");
  await picture(page, "e2e-login");
  await context.close();
});

it("the console has no known fault in any of its states", async () => {
  const { page, context } = await open(browser);
  await enterRoom(page);
  await page.waitForFunction(() => window.__siaga?.["map"] !== "loading", undefined, { timeout: 30_000 });
  await expectAccessible(page, "room");
  await page.keyboard.press("F2");
  await page.keyboard.type("sumber");
  await page.waitForSelector(".place-list [role=option]");
  await expectAccessible(page, "form with places");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-ranking=preview] [data-candidate]");
  await expectAccessible(page, "form with ranking");
  await page.keyboard.press("Escape");
  const row = page.locator("[data-queue-row]").first();
  if ((await row.count()) > 0) {
    await row.click();
    await page.waitForSelector("[data-incident]");
    await page.waitForSelector(".timeline li, .timeline-section .dim");
    await expectAccessible(page, "incident");
  }
  await page.click(".unit-row");
  await expectAccessible(page, "unit chosen");
  await page.keyboard.press("?");
  await page.waitForSelector("dialog[open]");
  await expectAccessible(page, "keys");
  await picture(page, "e2e-keys");
  await page.keyboard.press("Escape");
  await page.click(".top .language button[lang=en]");
  await expectAccessible(page, "English");
  expect(await page.getAttribute("html", "lang")).toBe("en");
  await context.close();
});

it("the report has no known fault", async () => {
  const { page, context } = await open(browser, { width: 1366, height: 768 });
  await signIn(page, "/laporan", official());
  await page.waitForSelector("[data-card=n]");
  await expectAccessible(page, "report");
  await context.close();
});
