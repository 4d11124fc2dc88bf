// Position frames: bytes written by hand from the protocol page must read as the places they mean.
import { describe, expect, it } from "vitest";
import { GLIDE_MS, Positions, decodeFrame, mercatorX, mercatorY } from "../../src/positions";

/** One record: unit 17 at lon 113.8502, lat -8.2501, heading half a turn, battery 87 %, fix 1.2 s old at 1763859723456. */
const HEADER = [1, 1, 0, 0, 1, 0, 0, 0, 0xc0, 0x50, 0x48, 0xae, 0x9a, 0x01, 0, 0];
const RECORD = [17, 0, 0, 0, 0x70, 0x22, 0xdc, 0x43, 0xb8, 0x24, 0x15, 0xfb, 128, 87, 12, 0];

const bytes = (...parts: number[][]) => new Uint8Array(parts.flat()).buffer;

function record(index: number, part: Partial<Parameters<Positions["take"]>[0]> = {}) {
  return { index, lon: 113.7, lat: -8.2, heading_deg: 90, battery_pct: 50, fix_at_ms: 1000, saturated: false, ...part };
}

describe("a position frame", () => {
  it("reads the example record", () => {
    const view = new DataView(bytes(HEADER, RECORD));
    view.setBigInt64(8, 1_763_859_723_456n, true);
    view.setInt32(20, 1_138_502_000, true);
    view.setInt32(24, -82_501_000, true);
    const frame = decodeFrame(view.buffer);
    expect(frame?.server_time_ms).toBe(1_763_859_723_456);
    expect(frame?.records).toEqual([
      { index: 17, lon: 113.8502, lat: -8.2501, heading_deg: 180, battery_pct: 87, fix_at_ms: 1_763_859_722_256, saturated: false },
    ]);
  });

  it("reads little endian bytes as they stand on the wire", () => {
    const frame = decodeFrame(bytes(HEADER, RECORD));
    expect(frame?.records[0]?.lon).toBe(0x43dc2270 / 1e7);
    expect(frame?.records[0]?.lat).toBe((0xfb1524b8 - 2 ** 32) / 1e7);
  });

  it("knows an unknown battery and an age that is at its end", () => {
    const frame = decodeFrame(bytes(HEADER, [...RECORD.slice(0, 13), 255, 255, 255]));
    expect(frame?.records[0]).toMatchObject({ battery_pct: null, saturated: true });
  });

  it.each([
    ["another version", bytes([2, ...HEADER.slice(1)], RECORD)],
    ["another kind", bytes([1, 2, ...HEADER.slice(2)], RECORD)],
    ["a frame cut short", bytes(HEADER, RECORD.slice(0, 15))],
    ["a header cut short", bytes(HEADER.slice(0, 15))],
    ["nothing", bytes([])],
  ])("refuses %s", (_, buffer) => {
    expect(decodeFrame(buffer)).toBeNull();
  });

  it("takes an empty frame", () => {
    expect(decodeFrame(bytes([1, 1, 0, 0, 0, 0, 0, 0, ...HEADER.slice(8)]))?.records).toEqual([]);
  });
});

describe("positions", () => {
  it("know only the units that were heard of", () => {
    const positions = new Positions();
    positions.take(record(300), 0);
    expect(positions.known(300)).toBe(true);
    expect(positions.known(299)).toBe(false);
    expect(positions.known(100_000)).toBe(false);
  });

  it("glide from where the unit is drawn to the new place, then hold", () => {
    const positions = new Positions();
    positions.take(record(0), 0);
    positions.take(record(0, { lon: 113.701 }), 1000);
    const [half] = positions.shown(0, 1000 + GLIDE_MS / 2);
    expect(half).toBeCloseTo((mercatorX(113.7) + mercatorX(113.701)) / 2, 12);
    expect(positions.shown(0, 99_000)).toEqual([mercatorX(113.701), mercatorY(-8.2)]);
    expect(positions.moving(1500)).toBe(true);
    expect(positions.moving(2500)).toBe(false);
  });

  it("jump over a long silence, a long way, and when gliding is off", () => {
    const cases: [number, number, boolean][] = [[11_001, 113.701, true], [1000, 113.71, true], [1000, 113.701, false]];
    for (const [at, lon, glide] of cases) {
      const positions = new Positions();
      positions.glide = glide;
      positions.take(record(0), 0);
      positions.take(record(0, { lon }), at);
      expect(positions.shown(0, at)[0]).toBe(mercatorX(lon));
    }
  });

  it("keep the exact time of an old fix when a frame only says 'at least that old'", () => {
    const positions = new Positions();
    positions.take(record(0, { fix_at_ms: 5_000 }), 0);
    positions.take(record(0, { fix_at_ms: 90_000, saturated: true }), 10);
    expect(positions.fixAt[0]).toBe(5_000);
  });
});
