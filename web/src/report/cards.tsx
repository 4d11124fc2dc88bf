// The headline: total response as median and 90th percentile, how many, how many within target and how sure.
import { number, percent, running } from "../format";
import { t } from "../i18n/report";
import type { Interval, Report } from "../protocol-report";

/** Below this many a 90th percentile is one or two incidents' luck. */
export const SMALL_N = 10;

export function headline(report: Report): Interval | undefined {
  return report.intervals.find((interval) => interval.name === "total_response");
}

export function seconds(value: number | null): string {
  return value === null ? "–" : running(Math.round(value));
}

export function Percentile90({ interval }: { interval: Interval }) {
  const small = interval.n < SMALL_N;
  return (
    <span class={small ? "small-n figure" : "figure"} title={small ? t("report.small_n") : undefined}>
      {seconds(interval.p90_s)}{small && interval.p90_s !== null && <span class="hidden"> ({t("report.small_n")})</span>}
    </span>
  );
}

export function Cards({ report }: { report: Report }) {
  const total = headline(report);
  if (!total) return null;
  return (
    <section class="headline" aria-labelledby="headline-title">
      <h2 id="headline-title">{t("report.headline")}</h2>
      <div class="cards">
        <div class="card" data-card="median"><span>{t("report.median")}</span><b class="figure">{seconds(total.median_s)}</b></div>
        <div class="card" data-card="p90">
          <span>{t("report.p90")}</span><b><Percentile90 interval={total} /></b>
          {total.n < SMALL_N && <small>{t("report.small_n")}</small>}
        </div>
        <div class="card" data-card="mean"><span>{t("report.mean")}</span><b class="figure">{seconds(total.mean_s)}</b></div>
        <div class="card" data-card="n"><span>{t("report.n")}</span><b class="figure">{number(total.n)}</b></div>
        <div class="card wide" data-card="within">
          <span>{t("report.within")}</span>
          <b class="figure">{total.target_share === null ? "–" : percent(total.target_share, 1)}</b>
          <small>
            {total.within_target !== null && `${t("report.of", { k: number(total.within_target), n: number(total.n) })} · `}
            {total.target_ci && t("report.ci", { lo: percent(total.target_ci[0], 1), hi: percent(total.target_ci[1], 1) })}
          </small>
        </div>
      </div>
    </section>
  );
}
