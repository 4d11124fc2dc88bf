// The period of a report: whole days of the area's calendar, the last thirty to begin with.
import { isoDay, startOfDay } from "../format";
import type { ReportBy } from "../protocol-report";

const DAY_MS = 86_400_000;

/** First and last day, both counted. */
export interface Period { first: string; last: string }

export function lastDays(days: number, nowMs: number): Period {
  return { first: isoDay(nowMs - (days - 1) * DAY_MS), last: isoDay(nowMs) };
}

/** The moments a period begins and ends; it ends where the day after the last one begins. */
export function bounds(period: Period): { from: string; to: string } {
  const next = isoDay(startOfDay(period.last) + DAY_MS + DAY_MS / 2);
  return { from: new Date(startOfDay(period.first)).toISOString(), to: new Date(startOfDay(next)).toISOString() };
}

export function isPeriod(period: Period): boolean {
  const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text);
  return isDay(period.first) && isDay(period.last) && period.first <= period.last;
}

export const SLICES: readonly ReportBy[] = ["priority", "category", "district", "village", "unit", "hour"];

/** Page address and back: a report can be sent as a link. */
export function toAddress(period: Period, by: ReportBy): string {
  return `?${new URLSearchParams({ from: period.first, to: period.last, by })}`;
}
export function fromAddress(search: string, nowMs: number): { period: Period; by: ReportBy } {
  const asked = new URLSearchParams(search);
  const period = { first: asked.get("from") ?? "", last: asked.get("to") ?? "" };
  const by = SLICES.find((slice) => slice === asked.get("by")) ?? "priority";
  return { period: isPeriod(period) ? period : lastDays(30, nowMs), by };
}
