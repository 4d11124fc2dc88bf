// Where every unit is, in typed arrays outside the signal graph: positions arrive ten times a second and must not redraw the page.

export const FRAME_HEADER = 16;
export const FRAME_RECORD = 16;
/** A movement is shown over this many real milliseconds and then held: nothing is drawn where nobody measured. */
export const GLIDE_MS = 1000;
const AGE_SATURATED = 65535;
const BATTERY_UNKNOWN = 255;
/** A longer silence or a longer jump than this is shown as a jump. */
const GLIDE_GAP_MS = 10_000;
const GLIDE_JUMP_M = 500;

export interface PositionRecord {
  index: number;
  lon: number;
  lat: number;
  heading_deg: number;
  battery_pct: number | null;
  /** Server time of the fix, UTC milliseconds; when `saturated`, the fix is at least this old. */
  fix_at_ms: number;
  saturated: boolean;
}

/** Reads one binary frame; null when it is not a position frame of the version we know or is cut short. */
export function decodeFrame(buffer: ArrayBuffer): { server_time_ms: number; records: PositionRecord[] } | null {
  if (buffer.byteLength < FRAME_HEADER) return null;
  const view = new DataView(buffer);
  if (view.getUint8(0) !== 1 || view.getUint8(1) !== 1) return null;
  const count = view.getUint32(4, true);
  if (buffer.byteLength < FRAME_HEADER + count * FRAME_RECORD) return null;
  const server_time_ms = Number(view.getBigInt64(8, true));
  const records: PositionRecord[] = [];
  for (let i = 0, at = FRAME_HEADER; i < count; i++, at += FRAME_RECORD) {
    const age = view.getUint16(at + 14, true);
    const battery = view.getUint8(at + 13);
    records.push({
      index: view.getUint32(at, true),
      lon: view.getInt32(at + 4, true) / 1e7,
      lat: view.getInt32(at + 8, true) / 1e7,
      heading_deg: (view.getUint8(at + 12) * 360) / 256,
      battery_pct: battery === BATTERY_UNKNOWN ? null : battery,
      fix_at_ms: server_time_ms - age * 100,
      saturated: age === AGE_SATURATED,
    });
  }
  return { server_time_ms, records };
}

/** Web Mercator in units of the whole world, kept in 64 bits; the map layer subtracts an origin before it goes to 32 bits. */
export function mercatorX(lon: number): number {
  return (lon + 180) / 360;
}
export function mercatorY(lat: number): number {
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
}

export class Positions {
  #size = 0;
  fromX = new Float64Array(0);
  fromY = new Float64Array(0);
  toX = new Float64Array(0);
  toY = new Float64Array(0);
  /** Local monotonic milliseconds at which the glide began. */
  began = new Float64Array(0);
  lon = new Float64Array(0);
  lat = new Float64Array(0);
  heading = new Float32Array(0);
  battery = new Float32Array(0);
  /** Server time of the newest fix; NaN while none is known. */
  fixAt = new Float64Array(0);
  /** Rises with every change; the map compares it to know whether to upload. */
  version = 0;
  /** The last moment at which something began to move. */
  lastBegan = -Infinity;
  glide = true;

  get size(): number {
    return this.#size;
  }

  known(index: number): boolean {
    return index < this.#size && !Number.isNaN(this.fixAt[index]);
  }

  /** `jumpScale` is the server's speed: in a demo that runs faster, units cover more ground between two frames. */
  take(record: PositionRecord, localMs: number, jumpScale = 1): void {
    this.#grow(record.index + 1);
    const i = record.index;
    const first = Number.isNaN(this.fixAt[i]);
    // A saturated age says "at least that old": an exact older time already known is better.
    if (record.saturated && !first && this.fixAt[i]! < record.fix_at_ms) record = { ...record, fix_at_ms: this.fixAt[i]! };
    const x = mercatorX(record.lon);
    const y = mercatorY(record.lat);
    const jumped = first || localMs - this.began[i]! > GLIDE_GAP_MS || metres(this.lat[i]!, this.lon[i]!, record.lat, record.lon) > GLIDE_JUMP_M * jumpScale;
    const [shownX, shownY] = this.shown(i, localMs);
    const snap = jumped || !this.glide;
    this.fromX[i] = snap ? x : shownX;
    this.fromY[i] = snap ? y : shownY;
    this.toX[i] = x;
    this.toY[i] = y;
    if (!snap && (shownX !== x || shownY !== y)) this.lastBegan = localMs;
    this.began[i] = localMs;
    this.lon[i] = record.lon;
    this.lat[i] = record.lat;
    this.heading[i] = record.heading_deg;
    this.battery[i] = record.battery_pct ?? Number.NaN;
    this.fixAt[i] = record.fix_at_ms;
    this.version++;
  }

  /** The place drawn at a local moment, Web Mercator. */
  shown(i: number, localMs: number): [number, number] {
    const part = Math.min(1, Math.max(0, (localMs - this.began[i]!) / GLIDE_MS));
    return [
      this.fromX[i]! + (this.toX[i]! - this.fromX[i]!) * part,
      this.fromY[i]! + (this.toY[i]! - this.fromY[i]!) * part,
    ];
  }

  moving(localMs: number): boolean {
    return this.glide && localMs - this.lastBegan < GLIDE_MS;
  }

  clear(): void {
    this.fixAt.fill(Number.NaN);
    this.version++;
  }

  #grow(size: number): void {
    if (size <= this.#size) return;
    const capacity = Math.max(256, 2 ** Math.ceil(Math.log2(size)));
    if (capacity > this.fixAt.length) {
      for (const name of ["fromX", "fromY", "toX", "toY", "began", "lon", "lat", "fixAt"] as const) {
        const bigger = new Float64Array(capacity).fill(name === "fixAt" ? Number.NaN : 0);
        bigger.set(this[name]);
        this[name] = bigger;
      }
      for (const name of ["heading", "battery"] as const) {
        const bigger = new Float32Array(capacity).fill(name === "battery" ? Number.NaN : 0);
        bigger.set(this[name]);
        this[name] = bigger;
      }
    }
    this.#size = size;
  }
}

export function metres(lat1: number, lon1: number, lat2: number, lon2: number): number {
  const radians = Math.PI / 180;
  const x = (lon2 - lon1) * radians * Math.cos(((lat1 + lat2) / 2) * radians);
  const y = (lat2 - lat1) * radians;
  return Math.hypot(x, y) * 6_371_008.8;
}

export const positions = new Positions();
