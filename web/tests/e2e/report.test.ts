// The officials' page shows the figures the server computed, with their definitions, and offers them as CSV.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Refusals, Report } from "../../src/protocol-report";
import { expectAccessible, launch, official, open, picture, signIn } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

it("the report shows median, 90th percentile, n and the share within target", async () => {
  const { page, context, faults } = await open(browser, { width: 1366, height: 900 });
  const answered = page.waitForResponse(/response-times\?/);
  await signIn(page, "/laporan", official());
  const report = (await (await answered).json()) as Report;
  await page.waitForSelector("[data-card=n]");
  const total = report.intervals.find((interval) => interval.name === "total_response")!;
  expect(await page.textContent("[data-card=n] b")).toBe(total.n.toLocaleString("id-ID"));
  const minutes = (seconds: number | null) => (seconds === null ? "–" : `${Math.floor(Math.round(seconds) / 60)}:${String(Math.round(seconds) % 60).padStart(2, "0")}`);
  if (total.median_s === null || total.median_s < 3600) expect(await page.textContent("[data-card=median] b")).toBe(minutes(total.median_s));
  expect(await page.locator("[data-table=intervals] tbody tr").count()).toBe(report.intervals.length);
  expect(await page.textContent("[data-table=intervals] tbody tr")).toContain("→");
  await page.selectOption(".period select", "district");
  await page.waitForURL(/by=district/);
  const csv = await page.getAttribute("a[download]", "href");
  expect(csv).toMatch(/response-times\.csv\?from=.*by=district/);
  const status = await page.evaluate(async (address) => (await fetch(address)).status, csv!);
  expect(status).toBe(200);
  await page.selectOption(".period select", "priority");
  await page.waitForURL(/by=priority/);
  await page.waitForTimeout(300);
  await picture(page, "e2e-report");
  expect(faults).toEqual([]);
  await context.close();
});

it("orders that came to nothing stand below, each with its reason, and as CSV", async () => {
  const { page, context, faults } = await open(browser, { width: 1366, height: 900 });
  const answered = page.waitForResponse(/reports\/refusals\?/);
  await signIn(page, "/laporan", official());
  const { refusals } = (await (await answered).json()) as Refusals;
  await page.waitForSelector("#refusals-title");
  expect(await page.locator("[data-table=refusals] tbody tr").count()).toBe(Math.min(50, refusals.length));
  const csv = await page.getAttribute(".refusals a[download]", "href");
  expect(await page.evaluate(async (address) => (await fetch(address)).status, csv!)).toBe(200);
  await page.locator("#refusals-title").scrollIntoViewIfNeeded();
  await expectAccessible(page, "refusals");
  await picture(page, "e2e-refusals");
  expect(faults).toEqual([]);
  await context.close();
});
