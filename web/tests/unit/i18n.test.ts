// Both languages say the same things, with the same gaps to fill; every word of the protocol has a text.
import { describe, expect, it } from "vitest";
import { fill, t, word } from "../../src/i18n";
import { en as everyEn } from "../../src/i18n/en";
import { devices as devicesEn } from "../../src/i18n/en-devices";
import { report as reportEn } from "../../src/i18n/en-report";
import { id as everyId } from "../../src/i18n/id";
import { devices as devicesId } from "../../src/i18n/id-devices";
import { report as reportId } from "../../src/i18n/id-report";
import {
  ADMISSIONS, AID_STATES, ALARM_KINDS, ALARM_LEVELS, CATEGORIES, CHANNELS, COLOURS, CREW_ROLES, DISPOSITIONS, ENDED_STATES, ENTRY_KINDS, EXCLUSIONS,
  INCIDENT_STATES, MARKS, SHAPES, STEPS, TIME_SOURCES,
} from "../../src/words";

const id = { ...everyId, ...reportId, ...devicesId };
const en: Record<keyof typeof id, string> = { ...everyEn, ...reportEn, ...devicesEn };

const gaps = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

describe("the dictionary", () => {
  it("has the same keys in both languages", () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(id).sort());
  });
  it("has the same gaps in both languages and no empty text", () => {
    for (const key of Object.keys(id) as (keyof typeof id)[]) {
      expect(gaps(en[key]), key).toEqual(gaps(id[key]));
      expect(id[key].trim(), key).not.toBe("");
      expect(en[key].trim(), key).not.toBe("");
    }
  });
  it("has a text for every word of the protocol", () => {
    const groups = {
      category: CATEGORIES, code: CATEGORIES, channel: CHANNELS, disposition: DISPOSITIONS, step: [...STEPS, ...MARKS, ...ENDED_STATES], shape: SHAPES,
      incident_state: INCIDENT_STATES, entry: ENTRY_KINDS, colour: COLOURS, admission: ADMISSIONS, crew_role: CREW_ROLES,
      alarm_kind: ALARM_KINDS, alarm_level: ALARM_LEVELS, exclusion: EXCLUSIONS, aid_state: AID_STATES, time_source: TIME_SOURCES,
    };
    for (const [group, words] of Object.entries(groups)) {
      for (const each of words) expect(id).toHaveProperty([`${group}.${each}`]);
    }
  });
  it("has complaint codes of two letters, each once, in both languages", () => {
    for (const language of [id, en]) {
      const codes = CATEGORIES.map((category) => language[`code.${category}`]);
      expect(new Set(codes).size).toBe(codes.length);
      for (const code of codes) expect(code).toMatch(/^[A-Z]{2}$/);
    }
  });
  it("fills gaps, leaves unknown ones, and shows unknown words as they are", () => {
    expect(fill("{a} dan {b}", { a: 1 })).toBe("1 dan {b}");
    expect(t("header.waiting", { n: 3 })).toBe("3 menunggu unit");
    expect(word("category", "volcano")).toBe("volcano");
    expect(word("capability", "neonatal_care")).toBe("neonatal care");
  });
});
