// Which of two reports leads, and in which order likely duplicates are shown.
import { describe, expect, it } from "vitest";
import { leaderOf, likeliestFirst } from "../../src/duplicates";
import type { Incident, SimilarIncident } from "../../src/protocol";

const incident = (case_number: string, minute: number) =>
  ({ case_number, received_at: new Date(Date.UTC(2026, 10, 23, 1, minute)).toISOString() }) as Incident;
const similar = (incident: string, apart_s: number, same_number = false): SimilarIncident => ({ incident, case_number: incident, apart_s, metres: 100, same_number });

describe("likely duplicates", () => {
  it("are led by the earlier call, whichever of the two is open on the screen", () => {
    const [old, young] = [incident("261123-007", 1), incident("261123-009", 4)];
    expect(leaderOf(young, old)).toEqual({ leader: old, part: young });
    expect(leaderOf(old, young)).toEqual({ leader: old, part: young });
    expect(leaderOf(incident("261123-009", 1), incident("261123-007", 1)).leader.case_number).toBe("261123-007");
  });
  it("show the same number first, then the nearest in time", () => {
    const rows = [similar("a", 300), similar("b", 20), similar("c", 800, true)];
    expect(likeliestFirst(rows).map((row) => row.incident)).toEqual(["c", "b", "a"]);
  });
});
