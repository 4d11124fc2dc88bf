// The report: what period, the headline, every interval with its clock start and stop, the slices, the rows.
import { useEffect, useState } from "preact/hooks";
import { api, sentence } from "../api";
import { day, dayAndTime, isoDay, number, percent, setZone, zoneName } from "../format";
import { language, t, word } from "../i18n/report";
import type { Report, ReportBy } from "../protocol-report";
import { Cards } from "./cards";
import { LearnedPart } from "./learned";
import { OutlineMap } from "./outline-map";
import { RefusalPart } from "./refusals";
import { IntervalTable, RowTable, SliceTable } from "./tables";
import { SliceChart } from "./slice-chart";
import { SLICES, bounds, fromAddress, isPeriod, lastDays, toAddress, type Period } from "./period";

interface Shown { report: Report | null; error: string | null; loading: boolean; by: ReportBy }

export function ReportView() {
  const start = fromAddress(location.search, Date.now());
  const [period, setPeriod] = useState<Period>(start.period);
  const [by, setBy] = useState<ReportBy>(start.by);
  const [shown, setShown] = useState<Shown>({ report: null, error: null, loading: false, by: start.by });
  const whole = bounds(period);

  async function load(nextPeriod: Period, nextBy: ReportBy) {
    if (!isPeriod(nextPeriod)) return setShown((last) => ({ ...last, error: t("report.bad_period") }));
    setShown((last) => ({ ...last, error: null, loading: true }));
    history.replaceState(null, "", toAddress(nextPeriod, nextBy));
    const { from, to } = bounds(nextPeriod);
    try {
      const report = await api.report(from, to, nextBy);
      if (typeof report.area === "object") setZone(report.area.timezone, report.area.zone_label);
      setShown({ report, error: null, loading: false, by: nextBy });
    } catch (thrown) {
      setShown((last) => ({ ...last, error: sentence(thrown), loading: false }));
    }
  }
  useEffect(() => void load(period, by), []);
  void language.value;

  const choose = (days: number) => {
    const next = lastDays(days, Date.now());
    setPeriod(next);
    void load(next, by);
  };
  const slice = (next: ReportBy) => {
    setBy(next);
    void load(period, next);
  };
  const { report } = shown;
  return (
    <main aria-busy={shown.loading}>
      <form class="period no-print" onSubmit={(event) => { event.preventDefault(); void load(period, by); }}>
        <label>{t("report.from")} <input type="date" value={period.first} max={period.last} required onInput={(event) => setPeriod({ ...period, first: event.currentTarget.value })} /></label>
        <label>{t("report.to")} <input type="date" value={period.last} min={period.first} max={isoDay(Date.now())} required onInput={(event) => setPeriod({ ...period, last: event.currentTarget.value })} /></label>
        <label>{t("report.by")} <select value={by} onChange={(event) => slice(event.currentTarget.value as ReportBy)}>
          {SLICES.map((slice) => <option key={slice} value={slice}>{word("by", slice)}</option>)}
        </select></label>
        <button type="submit" class="primary">{t("report.show")}</button>
        {([7, 30, 90] as const).map((days) => <button key={days} type="button" onClick={() => choose(days)}>{t(`report.days${days}`)}</button>)}
        <span class="space" />
        {isPeriod(period) && <a class="button" href={api.reportCsvAddress(whole.from, whole.to, by)} download>{t("report.csv")}</a>}
        <button type="button" onClick={() => print()}>{t("report.print")}</button>
      </form>
      {shown.error && <p class="form-error" role="alert">{shown.error}</p>}
      {shown.loading && !report && <p role="status">{t("report.loading")}</p>}
      {report && <Body report={report} by={shown.by} onBy={slice} />}
    </main>
  );
}

function Body({ report, by, onBy }: { report: Report; by: ReportBy; onBy(by: ReportBy): void }) {
  const area = typeof report.area === "object" ? report.area.name : report.area;
  const excluded = Object.entries(report.excluded).filter(([, n]) => n > 0);
  const last = Date.parse(report.to) - 1;
  return (
    <>
      <p class="report-sub">
        <b>{area}</b> · {day(Date.parse(report.from))} – {day(last)} · {zoneName()} · {t("report.generated", { time: dayAndTime(Date.parse(report.generated_at)) })}
      </p>
      {report.counted === 0 && <p class="empty">{t("report.none")}</p>}
      <Cards report={report} />
      <section class="counted" aria-label={t("report.excluded")}>
        <p>
          <b>{t("report.incidents", { n: number(report.incidents) })}</b>, {t("report.n")}: <b>{number(report.counted)}</b>
          {report.incidents > 0 && ` (${t("report.complete", { share: percent(report.counted / report.incidents) })})`}.
          {excluded.length > 0 && ` ${t("report.excluded")}: ${excluded.map(([why, n]) => `${word("report.excluded", why)} ${number(n)}`).join(", ")}.`}
        </p>
        <p class="dim">
          {t("report.targets")}: {Object.entries(report.targets_s).map(([priority, seconds]) => `${priority} ${number(seconds / 60)} mnt`.replace("mnt", language.value === "id" ? "mnt" : "min")).join(" · ")}. {t("report.targets_note")} {t("report.method")}
        </p>
      </section>
      <OutlineMap report={report} by={by} onBy={onBy} />
      <SliceChart report={report} by={by} />
      <IntervalTable intervals={report.intervals} />
      <SliceTable report={report} by={by} />
      <RowTable report={report} />
      <RefusalPart from={report.from} to={report.to} />
      <LearnedPart />
    </>
  );
}
