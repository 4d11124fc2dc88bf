// The console must come quickly over a thin line: everything its page can load stays within 450 kB of brotli.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const DIST = join(import.meta.dirname, "../../dist");
const LIMIT_KB = 450;
const REPORT_LIMIT_KB = 60;
const PHONE_LIMIT_KB = 60;
const LINK_LIMIT_KB = 8;

/** What a visitor receives: the precompressed file where there is one. */
const carried = (path: string) => statSync(existsSync(`${path}.br`) ? `${path}.br` : path).size;

function sizes(page: string): Map<string, number> {
  const seen = new Map<string, number>();
  const visit = (path: string) => {
    if (seen.has(path) || !existsSync(path)) return;
    seen.set(path, carried(path));
    if (!/\.(html|js|css)$/.test(path)) return;
    for (const [, name] of readFileSync(path, "utf8").matchAll(/([\w.-]+-[\w-]{8}\.(?:js|css|svg))/g)) visit(join(DIST, "assets", name!));
  };
  visit(join(DIST, page));
  return seen;
}
const total = (found: Map<string, number>) => [...found.values()].reduce((sum, size) => sum + size, 0) / 1000;

describe("the built pages", () => {
  it(`carry at most ${LIMIT_KB} kB for the console, map and worker included`, () => {
    const found = sizes("index.html");
    expect([...found.keys()].some((path) => path.includes("worker"))).toBe(true);
    expect([...found.keys()].some((path) => path.includes("maplibre-") && path.endsWith(".css"))).toBe(true);
    expect(total(found)).toBeLessThanOrEqual(LIMIT_KB);
  });
  it(`carry at most ${REPORT_LIMIT_KB} kB for the officials' page, which has no map`, () => {
    const found = sizes("laporan.html");
    expect([...found.keys()].some((path) => path.includes("maplibre"))).toBe(false);
    expect(total(found)).toBeLessThanOrEqual(REPORT_LIMIT_KB);
  });
  it(`carry at most ${PHONE_LIMIT_KB} kB for the phone's page, which is opened on a village's line`, () => {
    expect(total(sizes("pasang.html"))).toBeLessThanOrEqual(PHONE_LIMIT_KB);
  });
  it(`carry at most ${LINK_LIMIT_KB} kB for the page of a link, for whatever phone a caller has`, () => {
    const found = sizes("tautan.html");
    expect(found.size).toBeGreaterThan(2);
    expect(total(found)).toBeLessThanOrEqual(LINK_LIMIT_KB);
    for (const path of found.keys()) {
      if (path.endsWith(".js")) expect(readFileSync(path, "utf8"), "syntax that an old phone cannot read").not.toMatch(/\?\?|\?\.[a-z[(]|\bstatic\b|#[a-z]+\s*[=(]/i);
    }
  });
  it("have no inline scripts and a compressed twin of every large text", () => {
    for (const page of ["index.html", "laporan.html", "pasang.html", "perangkat.html", "tautan.html"]) {
      expect(readFileSync(join(DIST, page), "utf8")).not.toMatch(/<script(?![^>]*\bsrc=)/);
    }
    for (const name of readdirSync(join(DIST, "assets"))) {
      const path = join(DIST, "assets", name);
      if (/\.(js|css)$/.test(name) && statSync(path).size > 1024) {
        expect(existsSync(`${path}.br`), name).toBe(true);
        expect(existsSync(`${path}.gz`), name).toBe(true);
      }
    }
  });
});
