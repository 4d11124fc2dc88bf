// The keyboard: single keys never act while somebody types, and the shortest order stays within its budget.
import { describe, expect, it } from "vitest";
import { id } from "../../src/i18n/id";
import { KEY_BUDGET, PressCount, globalKey, matchCode } from "../../src/keys";
import { CATEGORIES } from "../../src/words";

const press = (key: string, part = {}) => ({ key, ctrlKey: false, altKey: false, metaKey: false, typing: false, ...part });
const choices = CATEGORIES.map((value) => ({ value, code: id[`code.${value}`], label: id[`category.${value}`] }));

describe("global keys", () => {
  it.each([["F2", "call"], ["F3", "queue"], ["F6", "map"], ["F7", "units"], ["F9", "alarms"], ["m", "sound"], ["j", "coverage"], ["l", "caller_link"], ["A", "accept_position"], ["k", "family_link"], ["Escape", "close"], ["?", "sheet"], ["u", "undo"], ["U", "undo"]])(
    "%s is %s", (key, action) => expect(globalKey(press(key))).toBe(action),
  );
  it("act with function keys while typing, but never with letters", () => {
    expect(globalKey(press("F2", { typing: true }))).toBe("call");
    for (const key of ["?", "u", "m", "j", "l", "a", "k", "/", ":"]) expect(globalKey(press(key, { typing: true }))).toBeNull();
  });
  it("leave combinations, digits and the browser's own keys alone", () => {
    for (const modifier of ["ctrlKey", "altKey", "metaKey"]) expect(globalKey(press("u", { [modifier]: true }))).toBeNull();
    for (const key of ["1", "9", "F5", "F11", "F12", "Enter", "Tab"]) expect(globalKey(press(key))).toBeNull();
  });
});

describe("the count of key presses", () => {
  const count = (keys: string[]) => {
    const presses = new PressCount();
    keys.forEach((key) => presses.press(key));
    return presses.finish();
  };
  it("stays within the budget for a village of seven letters", () => {
    const keys = ["F2", ..."sempola", "Enter", "P", "E", "Enter", "y", "t", "1"];
    expect(count(keys)).toBe(15);
    expect(keys.length).toBeLessThanOrEqual(KEY_BUDGET);
  });
  it("begins at F2, ignores modifiers, and is nothing without F2", () => {
    expect(count(["a", "b", "F2", "Shift", "S", "1"])).toBe(3);
    expect(count(["a", "1"])).toBeNull();
  });
  it("ends with the order", () => {
    const presses = new PressCount();
    presses.press("F2");
    expect(presses.finish()).toBe(1);
    presses.press("x");
    expect(presses.finish()).toBeNull();
  });
});

describe("complaint codes", () => {
  it.each([["PE", "maternal"], ["pe", "maternal"], ["KE", "accident"], ["ja", "cardiac"], ["ba", "neonatal"], ["RU", "transfer"], ["kej", "neuro"], ["stroke", "neuro"]])(
    "%s is %s", (typed, category) => expect(matchCode(typed, choices)).toBe(category),
  );
  it("are nothing when nothing fits", () => {
    expect(matchCode("", choices)).toBeNull();
    expect(matchCode("zz", choices)).toBeNull();
  });
});
