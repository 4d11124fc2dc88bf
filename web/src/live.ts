// The socket: hello, snapshot, numbered deltas, heartbeat, resume after a break. It knows nothing of what the messages mean.
import { backoffMs } from "./backoff";
import type { Delta, Heartbeat, Hello, LiveMessage, Snapshot } from "./protocol";

/** Without a heartbeat for this long the screen says that it is old. */
export const STALE_MS = 5000;
/** Without a heartbeat for this long the socket is taken for dead. */
const DEAD_MS = 10_000;
const WATCH_MS = 500;
const PATH = "/live";

export interface LiveEvents {
  hello(message: Hello): void;
  snapshot(message: Snapshot): void;
  /** Answers false when a delta is missing: the whole picture is then asked for. */
  delta(message: Delta): boolean;
  /** Answers false when the server is further than we are although nothing is on its way. */
  heartbeat(message: Heartbeat): boolean;
  positions(frame: ArrayBuffer): void;
  state(state: LiveState): void;
  /** The socket was refused before it opened: the session may be over. */
  refused(): void;
}

export type LiveState = "connecting" | "live" | "lost";

export class Live {
  #events: LiveEvents;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #epoch: string | null = null;
  #seq = -1;
  #running = false;
  /** Local monotonic moment of the last sign of life. */
  lastHeard = -Infinity;
  reconnects = 0;
  #began = performance.now();
  #asked = 0;

  constructor(events: LiveEvents) {
    this.#events = events;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#attempt = 0;
    this.#began = performance.now();
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
    addEventListener("online", this.#now);
    document.addEventListener("visibilitychange", this.#now);
    this.#connect();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#retry);
    clearInterval(this.#watch);
    removeEventListener("online", this.#now);
    document.removeEventListener("visibilitychange", this.#now);
    this.#drop();
    this.#epoch = null;
    this.#seq = -1;
    this.lastHeard = -Infinity;
  }

  /** Real seconds since the server was last heard, or since the attempt to reach it began. */
  silence_s(): number {
    return this.#running ? (performance.now() - Math.max(this.lastHeard, this.#began)) / 1000 : 0;
  }

  #connect(): void {
    if (!this.#running || this.#socket) return;
    clearTimeout(this.#retry);
    this.#events.state(this.lastHeard === -Infinity ? "connecting" : "lost");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const resume = this.#epoch !== null && this.#seq >= 0 ? `?epoch=${encodeURIComponent(this.#epoch)}&since=${this.#seq}` : "";
    const socket = new WebSocket(`${scheme}//${location.host}${PATH}${resume}`);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    let opened = false;
    const began = performance.now();
    this.#asked = began;
    socket.onopen = () => {
      opened = true;
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (socket !== this.#socket) return;
      if (typeof event.data === "string") this.#text(event.data);
      else this.#events.positions(event.data);
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      if (!opened) this.#events.refused();
      // A socket that lived for a while starts a new series; one that dies at once goes on with the old one.
      if (opened && performance.now() - began > DEAD_MS) this.#attempt = 0;
      this.#later();
    };
  }

  #text(text: string): void {
    const message = JSON.parse(text) as LiveMessage;
    switch (message.type) {
      case "hello":
        this.#heard();
        if (!message.resumed) this.#seq = -1;
        this.#epoch = message.epoch;
        this.#events.hello(message);
        this.#events.state("live");
        break;
      case "snapshot":
        this.#heard();
        this.#seq = message.seq;
        this.#events.snapshot(message);
        this.#attempt = 0;
        break;
      case "delta":
        this.#heard();
        if (!this.#events.delta(message)) return this.#resync();
        this.#seq = Math.max(this.#seq, message.seq);
        break;
      case "heartbeat":
        this.#heard();
        if (!this.#events.heartbeat(message)) return this.#resync();
        this.#attempt = 0;
        break;
    }
  }

  #heard(): void {
    this.lastHeard = performance.now();
  }

  /** Forgets the place in the sequence and asks for everything. */
  #resync(): void {
    this.#epoch = null;
    this.#seq = -1;
    this.#drop();
    this.#later();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    }
  }

  #later(): void {
    if (!this.#running) return;
    this.#events.state(this.lastHeard === -Infinity ? "connecting" : "lost");
    clearTimeout(this.#retry);
    this.reconnects++;
    this.#retry = setTimeout(() => this.#connect(), backoffMs(this.#attempt++, Math.random()));
  }

  #look(): void {
    // Counted from the attempt as well, so that a socket that never opens is given up too.
    const silent = performance.now() - Math.max(this.lastHeard, this.#asked);
    if (silent > DEAD_MS && this.#socket) {
      this.#drop();
      this.#later();
    }
  }

  /** The network or the page came back: no reason to wait for the next attempt. */
  #now = (): void => {
    if (document.visibilityState === "hidden" || this.#socket || !this.#running) return;
    this.#attempt = 0;
    this.#connect();
  };
}
