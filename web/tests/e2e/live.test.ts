// A screen that is old says so: within six seconds when the server falls silent, and it recovers by itself.
import type { Browser, WebSocketRoute } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { enterRoom, launch, open, picture } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

it("the banner comes within six seconds of silence and goes when the server is heard again", async () => {
  const { page, context, faults } = await open(browser);
  let silent = false;
  const sockets: WebSocketRoute[] = [];
  await page.routeWebSocket(/\/live/, (route) => {
    if (silent) return void route.close({ code: 1011 });
    sockets.push(route);
    const server = route.connectToServer();
    server.onMessage((message) => {
      if (!silent) route.send(message);
    });
  });
  await enterRoom(page);
  expect(await page.locator("[data-banner]").count()).toBe(0);
  silent = true;
  const began = Date.now();
  await page.waitForSelector("[data-banner]", { timeout: 8000 });
  expect(Date.now() - began).toBeLessThanOrEqual(6000);
  expect(await page.getAttribute("[data-connection]", "data-connection")).toBe("stale");
  await page.waitForTimeout(500);
  await picture(page, "e2e-banner");
  silent = false;
  await page.waitForSelector("[data-banner]", { state: "detached", timeout: 30_000 });
  await page.waitForFunction(() => window.__siaga?.["live"] === "live");
  expect(faults).toEqual([]);
  await context.close();
});

it("a lost delta makes the page ask for everything again", async () => {
  const { page, context } = await open(browser);
  let connections = 0;
  let swallow = false;
  const asked: string[] = [];
  await page.routeWebSocket(/\/live/, (route) => {
    connections++;
    asked.push(new URL(route.url()).search);
    const server = route.connectToServer();
    server.onMessage((message) => {
      if (swallow && typeof message === "string" && message.includes('"type":"delta"')) {
        swallow = false;
        return;
      }
      route.send(message);
    });
  });
  await enterRoom(page);
  swallow = true;
  // A call with no place makes deltas without touching any unit.
  await page.evaluate(() => fetch("/api/v1/calls", {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ channel: "other", category: "other", complaint: "uji" }),
  }).then((answer) => answer.json()).then((taken: { incident_id: string }) => fetch(`/api/v1/incidents/${taken.incident_id}/close`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ disposition: "prank" }),
  })));
  await page.waitForFunction(() => Number(window.__siaga?.["reconnects"]) > 0, undefined, { timeout: 20_000 });
  await page.waitForFunction(() => window.__siaga?.["live"] === "live" && Number(window.__siaga?.["silence_s"]) < 2, undefined, { timeout: 20_000 });
  expect(connections).toBeGreaterThanOrEqual(2);
  expect(asked[1]).toBe("");
  await context.close();
});

it("the map draws the units where the server says they are", async () => {
  const { page, context, faults } = await open(browser);
  await enterRoom(page);
  await page.waitForFunction(() => ["ready", "software", "failed"].includes(String(window.__siaga?.["map"])), undefined, { timeout: 30_000 });
  expect(["ready", "software"]).toContain(await page.evaluate(() => window.__siaga?.["map"]));
  await page.waitForFunction(() => Number(window.__siaga?.["positions"]) > 0);
  await page.waitForTimeout(2500);
  await picture(page, "e2e-room");
  await page.setViewportSize({ width: 1366, height: 768 });
  await page.waitForTimeout(1200);
  await picture(page, "e2e-room-1366");
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  expect(faults).toEqual([]);
  await context.close();
});

it("without WebGL the lists still do everything", async () => {
  const { page, context, faults } = await open(browser);
  await page.addInitScript(() => {
    const original = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string, ...rest: unknown[]) {
      return kind.startsWith("webgl") ? null : (original as (...args: unknown[]) => unknown).call(this, kind, ...rest);
    } as typeof original;
  });
  await enterRoom(page);
  await page.waitForSelector(".map-failed");
  await page.keyboard.press("F7");
  await page.waitForSelector("#unit-filter:focus");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".unit-card");
  await page.keyboard.press("F2");
  await page.keyboard.type("-8.2, 113.7");
  await page.waitForSelector(".place-list [role=option]");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-ranking=preview] [data-candidate]");
  await picture(page, "e2e-no-map");
  expect(faults).toEqual([]);
  await context.close();
});

it("the header and the command line stay on the screen, with the banner and alarms or without", async () => {
  const { page, context } = await open(browser, { width: 1366, height: 768 });
  await enterRoom(page);
  const bounds = (quiet: boolean) => page.evaluate((without) => {
    document.querySelector<HTMLElement>(".alarms")!.hidden = without;
    const box = (what: string) => document.querySelector(what)!.getBoundingClientRect();
    return { top: box(".top").top, bottom: box("#command").bottom, room: box(".room").height };
  }, quiet);
  for (const quiet of [true, false]) {
    const { top, bottom, room } = await bounds(quiet);
    expect(top).toBe(0);
    expect(bottom).toBeLessThanOrEqual(768);
    expect(room).toBeGreaterThan(400);
  }
  await context.close();
});
