// What browser tests may ask of the page: counts and places that cannot be read from the picture of the map.
import { presses } from "../actions";
import { serverNow } from "../clock";
import { coverage, coverageLayer } from "../coverage";
import { positions } from "../positions";
import { soundState, sounding } from "../sound";
import { freeCount, hello, isStale, live, liveState, lookAt, rankedPlace, room, shownCandidates, silence_s } from "../state";
import { mapState } from "./map-panel";

declare global {
  interface Window {
    __siaga?: Record<string, unknown>;
  }
}

/** `?test=1` asks for a calm page: no gliding symbols, no fading, nothing repainted without a reason. */
export const calm = new URLSearchParams(location.search).get("test") === "1";

export function openHook(): void {
  window.__siaga = {
    get units() { return room.peek().units.size; },
    get free() { return freeCount.peek(); },
    get incidents() { return room.peek().incidents.size; },
    get stale() { return [...room.peek().units.values()].filter((unit) => isStale(unit, serverNow())).length; },
    get positions() { return [...room.peek().units.values()].filter((unit) => positions.known(unit.index)).length; },
    get positionVersion() { return positions.version; },
    get candidates() { return shownCandidates.peek().map((candidate) => candidate.unit); },
    get seq() { return room.peek().seq; },
    get live() { return liveState.peek(); },
    get silence_s() { return silence_s.peek(); },
    get reconnects() { return live.reconnects; },
    get build() { return hello.peek()?.build ?? null; },
    get sound() { return soundState.peek(); },
    get sounding() { return sounding.peek(); },
    get presses() { return presses.count; },
    get serverNow() { return serverNow(); },
    get uncovered() { return coverageLayer.peek() ? coverage.peek()?.uncovered.map((village) => village.code) : []; },
    get lookAt() { return lookAt.peek(); },
    get rankedPlace() { return rankedPlace.peek(); },
    get map() { return mapState.peek(); },
    place(code: string) {
      const unit = room.peek().units.get(code);
      return unit && positions.known(unit.index) ? { lat: positions.lat[unit.index], lon: positions.lon[unit.index] } : null;
    },
  };
}
