// Median and 90th percentile of each slice as bars, the target as a mark: drawn as SVG, readable on paper.
import { running } from "../format";
import { t, word } from "../i18n/report";
import type { Report, ReportBy } from "../protocol-report";
import { SMALL_N } from "./cards";
import { sliceLabel } from "./tables";

const ROW = 26;
const LEFT = 190;
const WIDTH = 900;
const RIGHT = 125;
const MOST = 31;

export function SliceChart({ report, by }: { report: Report; by: ReportBy }) {
  const bars = report.slices.slice(0, MOST).flatMap((slice) => {
    const total = slice.intervals.find((interval) => interval.name === "total_response");
    return total && total.median_s !== null ? [{ label: sliceLabel(by, slice), total, target: report.targets_s[slice.key] ?? null }] : [];
  });
  if (bars.length === 0) return null;
  const most = Math.max(...bars.map(({ total, target }) => Math.max(total.p90_s ?? 0, total.median_s ?? 0, target ?? 0)));
  const step = [60, 120, 300, 600, 900, 1800, 3600, 7200].find((s) => most / s <= 8) ?? 14_400;
  const x = (value: number) => LEFT + (value / most) * (WIDTH - LEFT - RIGHT);
  const height = bars.length * ROW + 34;
  const marks = Array.from({ length: Math.floor(most / step) + 1 }, (_, n) => n * step);
  return (
    <figure class="chart">
      <figcaption>{t("report.chart", { by: word("by", by) })}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={t("report.chart", { by: word("by", by) })}>
        {marks.map((mark) => (
          <g key={mark}>
            <line x1={x(mark)} x2={x(mark)} y1={4} y2={height - 26} stroke="#d3dbe2" />
            <text x={x(mark)} y={height - 10} text-anchor="middle" class="axis">{running(mark)}</text>
          </g>
        ))}
        {bars.map(({ label, total, target }, n) => {
          const y = n * ROW + 8;
          return (
            <g key={label}>
              <text x={LEFT - 8} y={y + 13} text-anchor="end">{label} <tspan class="axis">n={total.n}</tspan></text>
              {total.p90_s !== null && <rect x={LEFT} y={y} width={Math.max(1, x(total.p90_s) - LEFT)} height={18} fill={total.n < SMALL_N ? "#e6eaee" : "#a9cfe8"} />}
              <rect x={LEFT} y={y + 4} width={Math.max(1, x(total.median_s!) - LEFT)} height={10} fill="#0b6b53" />
              {target !== null && <line x1={x(target)} x2={x(target)} y1={y - 3} y2={y + 21} stroke="#b3122c" stroke-width="2.5" />}
              <text x={x(Math.max(total.p90_s ?? 0, total.median_s!)) + 6} y={y + 13} class="axis">{running(total.median_s!)} / {total.p90_s === null ? "–" : running(total.p90_s)}</text>
            </g>
          );
        })}
      </svg>
      <p class="chart-key"><i class="key-median" /> {t("report.median")} <i class="key-p90" /> {t("report.p90")} <i class="key-target" /> {t("report.targets")}</p>
    </figure>
  );
}
