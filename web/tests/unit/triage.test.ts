// The judgement beside the form, against the question set that is shipped: the same as the server's.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Answers, Category, Guidance, Priority, QuestionSet } from "../../src/protocol";
import { answered, cardsFor, isApproved, judge, mayChoose, questionsFor } from "../../src/triage";
import { CATEGORIES } from "../../src/words";

const shipped = <T>(name: string) => JSON.parse(readFileSync(join(import.meta.dirname, "../../../data/triage", name), "utf8")) as T;
const set = shipped<QuestionSet>("questions.json");
const guidance = shipped<Guidance>("guidance.json");
const well: Answers = { conscious: "yes", breathing: "yes" };

describe("the questions", () => {
  it("begin with consciousness and breathing in every category, whatever the order in the file", () => {
    const turned = { ...set, questions: [...set.questions].reverse() };
    for (const category of [null, ...CATEGORIES]) {
      expect(questionsFor(turned, category).slice(0, 2).map((question) => question.id)).toEqual(["conscious", "breathing"]);
    }
  });
  it("are those of the category, each once, in the order of the file", () => {
    const asked = questionsFor(set, "maternal").map((question) => question.id);
    expect(asked).toContain("mother_bleeding");
    expect(asked).not.toContain("heavy_bleeding");
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.slice(2)).toEqual(set.questions.map((question) => question.id).filter((id) => asked.slice(2).includes(id)));
    expect(questionsFor(set, null)).toHaveLength(2);
  });
  it("count as answered when nobody knows, but not when nobody has asked", () => {
    expect(answered(questionsFor(set, null), { conscious: "unknown" })).toBe(1);
  });
});

describe("the proposed priority", () => {
  it("is P1 for everybody of whom nothing is known, but for a transfer", () => {
    for (const category of CATEGORIES) expect(judge(set, category, {}).priority, category).toBe(category === "transfer" ? "P4" : "P1");
  });
  it.each<[Category, Answers, Priority, string | null]>([
    ["internal", well, "P3", null],
    ["cardiac", well, "P1", null],
    ["maternal", { ...well, labour: "yes" }, "P2", "labour"],
    ["maternal", { ...well, labour: "yes", mother_fit: "yes" }, "P1", "mother_fit"],
    ["maternal", { ...well, heavy_bleeding: "yes" }, "P2", null],
    ["accident", { ...well, walks: "yes" }, "P3", null],
    ["accident", well, "P2", "cannot_walk"],
    ["internal", { conscious: "no", breathing: "yes" }, "P1", "not_conscious"],
    ["neonatal", { breathing: "no" }, "P1", "newborn_not_breathing"],
    ["transfer", { urgent_transfer: "yes" }, "P2", "urgent_transfer"],
  ])("%s %j is %s by %s", (category, answers, priority, rule) => {
    const judgement = judge(set, category, answers);
    expect([judgement.priority, judgement.rule?.id ?? null]).toEqual([priority, rule]);
  });
  it("may be made more urgent at once and never less", () => {
    expect(mayChoose("P2", "P1")).toBe(true);
    expect(mayChoose("P2", "P2")).toBe(true);
    expect(mayChoose("P2", "P3")).toBe(false);
  });
});

describe("the guidance", () => {
  it("fits the rule that decided, or the category's default", () => {
    const cards = (category: Category, answers: Answers) => cardsFor(guidance, category, judge(set, category, answers)).map((card) => card.id);
    expect(cards("internal", { conscious: "yes", breathing: "no" })).toContain("cpr");
    expect(cards("maternal", { ...well, birth_now: "yes" })).toContain("birth");
    expect(cards("maternal", well)).toEqual(["birth", "newborn_warm"]);
  });
  it("is a sample until a doctor has signed the whole of it", () => {
    expect(isApproved(guidance, guidance.cards)).toBe(false);
    expect(isApproved({ ...guidance, approved_by: "dr. A" }, guidance.cards)).toBe(false);
    expect(isApproved({ ...guidance, approved_by: "dr. A" }, guidance.cards.map((card) => ({ ...card, approved: true })))).toBe(true);
  });
});
