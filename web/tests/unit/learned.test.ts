// By how much an estimate is corrected, as officials read it.
import { expect, it } from "vitest";
import { correction } from "../../src/report/learned";

it("says how much longer or shorter than the table in whole percent, with its sign", () => {
  expect([1.124, 1, 0.8, 1.5, 2].map(correction)).toEqual(["+12%", "0%", "−20%", "+50%", "+100%"]);
});
it("has no sign where the difference rounds to nothing", () => {
  expect([0.996, 1.004].map(correction)).toEqual(["0%", "0%"]);
});
