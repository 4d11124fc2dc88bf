// The times of an assignment in the browser: who said each, moments beside the steps, and the seen time offered when one is corrected.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { enterRoom, expectAccessible, launch, open, picture, supervisor } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

interface Made { incident: string; assignment: string }

/** A call, its first unit, and steps that the operator says. */
function work(page: Page, steps: string[]): Promise<Made> {
  return page.evaluate(async (said) => {
    const send = async <T>(path: string, body: object) => {
      const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
      return (await answer.json()) as T;
    };
    const place = { lat: -8.2, lon: 113.7, uncertainty_m: 50 };
    const { incident_id } = await send<{ incident_id: string }>("/api/v1/calls", { channel: "phone", category: "accident", place, answers: { conscious: "yes", breathing: "yes" } });
    const list = (await (await fetch(`/api/v1/incidents/${incident_id}/candidates?limit=1`)).json()) as { candidates: { unit: string }[] };
    const { id } = await send<{ id: string }>(`/api/v1/incidents/${incident_id}/assignments`, { unit: list.candidates[0]!.unit });
    for (const status of said) await send(`/api/v1/assignments/${id}/status`, { status });
    return { incident: incident_id, assignment: id };
  }, steps);
}

async function show(page: Page, incident: string): Promise<void> {
  await page.click(`[data-queue-row="${incident}"]`);
  await page.waitForSelector(`[data-incident="${incident}"]`);
}

it("every time says who gave it, and moments beside the steps are noted once", async () => {
  const { page, context, faults } = await open(browser);
  await enterRoom(page);
  const { incident, assignment } = await work(page, ["en_route"]);
  await show(page, incident);
  const card = `[data-assignment="${assignment}"]`;
  await page.waitForSelector(`${card} [data-step=en_route][data-source=operator]`);
  expect(await page.textContent(`${card} [data-tick=sent]`)).toContain("operator");
  await page.click(`${card} [data-mark=staged]`);
  await page.waitForSelector(`${card} [data-step=staged][data-source=operator]`);
  await page.waitForSelector(`${card} [data-mark=staged]`, { state: "detached" });
  await page.waitForSelector(".timeline [data-entry=time_marked]");
  for (const status of ["on_scene", "transporting", "at_destination", "handed_over", "cleared"]) {
    await page.evaluate(([id, step]) => fetch(`/api/v1/assignments/${id}/status`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ status: step }),
    }), [assignment, status]);
  }
  // The unit is free and the incident over; what is left of the work can still be noted.
  await page.waitForSelector(`${card}[data-state=cleared] [data-mark=completed]`);
  await page.focus(`${card} [data-mark=completed]`);
  await page.keyboard.press("Enter");
  await page.waitForSelector(`${card} [data-step=completed][data-source=operator]`);
  await expectAccessible(page, "times");
  await picture(page, "e2e-times");
  expect(faults).toEqual([]);
  await context.close();
});

it("a supervisor who corrects a time is offered the one that the vehicle's movement showed", async () => {
  const { page, context, faults } = await open(browser);
  let seen = "";
  await page.routeWebSocket(/\/live/, (route) => {
    const server = route.connectToServer();
    server.onMessage((message) => {
      if (typeof message !== "string") return route.send(message);
      const told = JSON.parse(message) as { incidents?: { assignments: { times: { on_scene: string | null }; seen: object }[] }[] };
      for (const each of (told.incidents ?? []).flatMap((one) => one.assignments)) {
        if (each.times.on_scene === null) continue;
        seen = new Date(Date.parse(each.times.on_scene) - 42_000).toISOString();
        each.seen = { on_scene: seen };
      }
      route.send(JSON.stringify(told));
    });
  });
  let sent: unknown = null;
  await page.route("**/times", (route) => {
    sent = route.request().postDataJSON();
    return route.fulfill({ json: {} });
  });
  await enterRoom(page, supervisor());
  const { incident, assignment } = await work(page, ["en_route", "on_scene"]);
  await show(page, incident);
  const row = `[data-assignment="${assignment}"] [data-step=on_scene]`;
  await page.waitForSelector(`${row} [data-seen="-42"]`);
  expect(await page.textContent(`${row} .seen`)).toContain("42 dtk lebih awal");
  await page.focus(`${row} [data-correct]`);
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-take-seen]:focus");
  await page.keyboard.press("Enter");
  expect(await page.inputValue(`${row} .correct-time label:nth-of-type(2) input`)).not.toBe("");
  await expectAccessible(page, "correcting a time");
  await picture(page, "e2e-times-correct");
  seen = (await page.textContent("[data-take-seen]"))!;
  await page.click(`${row} .correct-time button[type=submit]`);
  await expect.poll(() => sent).toMatchObject({ status: "on_scene" });
  const at = new Date((sent as { at: string }).at).toLocaleTimeString("en-GB", { timeZone: "Asia/Jakarta" });
  expect(seen).toContain(at);
  await page.evaluate(([id, step]) => fetch(`/api/v1/assignments/${id}/status`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ status: step }),
  }), [assignment, "cleared"]);
  expect(faults).toEqual([]);
  await context.close();
});
