// From F2 to an ordered ambulance: keyboard only, within the key budget, until a crew has accepted.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { KEY_BUDGET } from "../../src/keys";
import { enterRoom, launch, open, picture } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

/** Letters of a village of Jember; the first one found is taken. */
const VILLAGE = process.env["SIAGA_VILLAGE"] ?? "sempol";

it("with at most sixteen keys an ambulance is ordered, its crew is seen to accept, and the keyboard takes the call to its end", async () => {
  const { page, context, faults } = await open(browser);
  await enterRoom(page);
  let presses = 0;
  const press = async (key: string) => {
    presses++;
    await page.keyboard.press(key);
  };

  await press("F2");
  for (const letter of VILLAGE) await press(letter);
  await page.waitForSelector("[role=option] b");
  const first = await page.textContent(".place-list [role=option]");
  expect(first).toContain("Kec. ");
  await press("Enter");
  await page.waitForSelector("[data-ranking=preview] [data-candidate]");
  await picture(page, "e2e-form");
  await press("P");
  await press("E");
  await press("Enter");
  await press("y");
  await press("y");
  await page.waitForSelector("[data-ranking=ready] [data-candidate]");
  await page.waitForSelector(".rank-list:focus");
  await page.waitForSelector("[data-incident]");
  await picture(page, "e2e-ranking");
  await press("1");
  await page.waitForSelector("[data-assigned]");
  expect(presses).toBeLessThanOrEqual(KEY_BUDGET);
  expect(Number(await page.getAttribute("[data-assigned]", "data-presses"))).toBe(presses);
  await picture(page, "e2e-assigned");

  for (const tick of ["sent", "delivered", "acknowledged"]) {
    await page.waitForSelector(`[data-tick=${tick}][data-done=yes]`, { timeout: 90_000 });
  }
  await page.waitForSelector(".timeline [data-entry=unit_offered]");
  await page.waitForSelector(".timeline [data-entry=order_delivered]");
  await page.waitForSelector(".timeline [data-entry=assignment_advanced]");
  // How the unit drives there is listed, and drawn while it drives.
  await page.waitForSelector("[data-assignment] details.route");
  expect(await page.locator("details.route a[href^='geo:']").count()).toBe(1);
  await picture(page, "e2e-accepted");

  // The crew reports the rest by radio and the operator types it in.
  const unit = (await page.locator("[data-assignment] h4").first().innerText()).split(/\s/)[0];
  await page.keyboard.press("/");
  for (const [typed, state] of [["tiba", "on_scene"], ["bawa", "transporting"], ["faskes", "at_destination"], ["serah", "handed_over"], ["selesai", "cleared"]]) {
    await page.keyboard.type(`s ${unit} ${typed}\n`);
    await page.waitForSelector(`[data-assignment][data-state=${state}]`);
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>("#command")?.value === "");
  }
  await page.waitForSelector("[data-incident][data-state=closed]");
  await picture(page, "e2e-closed");

  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  expect(await page.locator("[data-incident]").count()).toBe(0);
  expect(faults).toEqual([]);
  await context.close();
});

it("an operator takes an order back with U within five seconds", async () => {
  const { page, context, faults } = await open(browser);
  await enterRoom(page);
  await page.keyboard.press("F2");
  await page.keyboard.type(VILLAGE);
  await page.keyboard.press("Enter");
  await page.keyboard.type("KE");
  await page.keyboard.press("Enter");
  await page.keyboard.press("y");
  await page.keyboard.press("y");
  await page.waitForSelector(".rank-list:focus");
  // A digit means the unit that is seen beside it: the list must be there.
  await page.waitForSelector("[data-ranking=ready] [data-candidate]");
  await page.keyboard.press("1");
  await page.waitForSelector("[data-assigned] button");
  await page.keyboard.press("u");
  await page.waitForSelector("[data-assignment][data-state=cancelled]");
  await page.waitForSelector("[data-ranking=ready] [data-candidate]");
  // The test leaves no open incident behind.
  await page.click(".ending summary");
  await page.selectOption(".ending select", "prank");
  await page.click(".ending button[type=submit]");
  await page.waitForSelector("[data-incident][data-state=closed], [data-incident][data-state=cancelled]");
  expect(faults).toEqual([]);
  await context.close();
});

it("a unit that was just taken is named with its case, and the ranking is made again", async () => {
  const { page, context } = await open(browser);
  let refused = 0;
  await page.route(/\/api\/v1\/incidents\/[^/]+\/assignments$/, (route) => {
    refused++;
    const { unit } = route.request().postDataJSON() as { unit: string };
    return route.fulfill({
      status: 409, contentType: "application/problem+json",
      body: JSON.stringify({ type: "about:blank", title: "unit_busy", status: 409, code: "unit_busy", detail: "-", unit, case_number: "261123-099", incident: "x" }),
    });
  });
  await enterRoom(page);
  await page.keyboard.press("F2");
  await page.keyboard.type(`${VILLAGE}\nKE\nyy`);
  await page.waitForSelector("[data-ranking=ready] [data-candidate]");
  await page.waitForSelector("[data-incident]");
  const again = page.waitForResponse(/\/candidates\?/);
  await page.keyboard.press("2");
  await again;
  await page.waitForFunction(() => document.querySelector(".ranking [role=alert]")?.textContent?.includes("261123-099"));
  await page.waitForSelector(".rank-list:focus");
  expect(refused).toBe(1);
  await page.click(".ending summary");
  await page.selectOption(".ending select", "prank");
  await page.click(".ending button[type=submit]");
  await page.waitForSelector("[data-incident][data-state=closed], [data-incident][data-state=cancelled]");
  await context.close();
});

it("digits and letters typed into the form do not act as shortcuts", async () => {
  const { page, context } = await open(browser);
  await enterRoom(page);
  const before = Number(await page.evaluate(() => window.__siaga?.["incidents"]));
  await page.keyboard.press("F2");
  await page.keyboard.type(`${VILLAGE}`);
  await page.keyboard.press("Enter");
  await page.focus("input[type=tel]");
  await page.keyboard.type("0812345 u? 1");
  expect(await page.inputValue("input[type=tel]")).toBe("0812345 u? 1");
  expect(await page.locator("dialog[open]").count()).toBe(0);
  expect(Number(await page.evaluate(() => window.__siaga?.["incidents"]))).toBeGreaterThanOrEqual(before);
  await page.reload();
  await page.waitForFunction(() => window.__siaga?.["live"] === "live");
  await page.keyboard.press("F2");
  expect(await page.inputValue("input[type=tel]")).toBe("0812345 u? 1");
  await context.close();
});
