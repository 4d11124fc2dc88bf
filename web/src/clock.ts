// The server's clock as seen from here: every age on the screen is measured with it, never with the PC's own clock.

/** A late message makes the server look slow; beyond this much disagreement (real ms) the newer sample is believed at once. */
const STEP_MS = 1500;

export class ServerClock {
  #serverMs = Number.NaN;
  #localMs = 0;
  #speed = 1;

  get known(): boolean {
    return !Number.isNaN(this.#serverMs);
  }

  get speed(): number {
    return this.#speed;
  }

  setSpeed(speed: number): void {
    this.#speed = speed > 0 ? speed : 1;
  }

  /** Takes a sample: the server said `serverTime` and it arrived at local monotonic `localMs`. */
  sample(serverTime: string | number, localMs: number): void {
    const server = typeof serverTime === "number" ? serverTime : Date.parse(serverTime);
    if (Number.isNaN(server)) return;
    const expected = this.at(localMs);
    const ahead = (server - expected) / this.#speed;
    // A message can be late but never early, so a sample ahead of us is simply better; one behind pulls us back gently.
    const taken = !this.known || ahead > 0 || ahead < -STEP_MS ? server : expected + (server - expected) * 0.05;
    this.#serverMs = taken;
    this.#localMs = localMs;
  }

  /** Server time in UTC milliseconds at the local monotonic moment; the PC's own clock only until the first message. */
  at(localMs: number): number {
    if (!this.known) return Date.now();
    return this.#serverMs + (localMs - this.#localMs) * this.#speed;
  }
}

export const serverClock = new ServerClock();

export function serverNow(): number {
  return serverClock.at(performance.now());
}
