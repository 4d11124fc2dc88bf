// A referral: where the patient is, and where he can go.
import { describe, expect, it } from "vitest";
import type { Admission, Assignment, FacilityNow, Incident, Place } from "../../src/protocol";
import { facilityAt, pickUpOf, referTo } from "../../src/referral";

const facility = (id: string, lat: number, capabilities: string[] = [], admission: Admission = "open"): FacilityNow =>
  ({ id, name: id, kind: "hospital", lat, lon: 113.7, capabilities, admission, reason: null });
const all = [facility("near", -8.2), facility("middle", -8.25, ["ponek"]), facility("far", -8.4, ["ponek"])];
const place = (lat: number) => ({ lat, lon: 113.7, uncertainty_m: 100, basis: "point", village: null }) as Place;
const incident = (part: Partial<Incident>) => ({ id: "i", state: "pending", place: null, care: null, assignments: [], ...part }) as Incident;
const brought = (to: FacilityNow | null, at: string | null) => ({ facility: to, times: { at_destination: at } }) as Assignment;

describe("where the patient is fetched", () => {
  it("is the facility at the place of the call", () => {
    expect(facilityAt(place(-8.2), all)?.id).toBe("near");
    expect(facilityAt(place(-8.202), all)?.id).toBe("near");
    expect(facilityAt(place(-8.21), all)).toBeNull();
    expect(facilityAt(null, all)).toBeNull();
    expect(pickUpOf(incident({ place: place(-8.25) }), all)?.id).toBe("middle");
  });
  it("is where a unit has brought the patient, and not where one is only going", () => {
    const at = "2026-11-23T01:00:00.000Z";
    expect(pickUpOf(incident({ place: place(-8.3), assignments: [brought(all[2]!, at)] }), all)?.id).toBe("far");
    expect(pickUpOf(incident({ place: place(-8.19), assignments: [brought(all[2]!, null)] }), all)?.id).toBe("near");
  });
  it("is the nearest one otherwise, and none without facilities", () => {
    expect(pickUpOf(incident({ place: place(-8.39) }), all)?.id).toBe("far");
    expect(pickUpOf(incident({}), [])).toBeNull();
  });
});

describe("where the patient is taken", () => {
  it("is another house with the care that is needed, the nearest first", () => {
    expect(referTo(all[0]!, "ponek", all)?.id).toBe("middle");
    expect(referTo(all[1]!, "ponek", all)?.id).toBe("far");
    expect(referTo(all[1]!, null, all)?.id).toBe("near");
  });
  it("is never a closed one, and nowhere when there is no other", () => {
    const closed = [all[0]!, { ...all[1]!, admission: "closed" as const }];
    expect(referTo(all[0]!, null, closed)).toBeNull();
    expect(referTo(all[0]!, null, [all[0]!])).toBeNull();
  });
});
