// The tables of the report: intervals with their definitions, slices of the headline, the incidents themselves.
import { useState } from "preact/hooks";
import { dayAndTime, number, percent, shortUnit } from "../format";
import { t, word } from "../i18n/report";
import type { Interval, Report, ReportBy, ReportRow } from "../protocol-report";
import { MoreRows, ROWS_SHOWN } from "./more-rows";
import { Percentile90, headline, seconds } from "./cards";

function Figures({ interval }: { interval: Interval }) {
  return (
    <>
      <td class="figure">{number(interval.n)}</td>
      <td class="figure">{seconds(interval.median_s)}</td>
      <td><Percentile90 interval={interval} /></td>
      <td class="figure">{seconds(interval.mean_s)}</td>
      <td class="figure">
        {interval.target_share === null ? "–" : percent(interval.target_share)}
        {interval.target_ci && <span class="dim"> ({percent(interval.target_ci[0])}–{percent(interval.target_ci[1])})</span>}
      </td>
    </>
  );
}
function FigureHeads() {
  return (
    <>
      <th scope="col">{t("report.n_short")}</th>
      <th scope="col">{t("report.median")}</th>
      <th scope="col">{t("report.p90")}</th>
      <th scope="col">{t("report.mean")}</th>
      <th scope="col">{t("report.within")}</th>
    </>
  );
}

export function IntervalTable({ intervals }: { intervals: readonly Interval[] }) {
  return (
    <section aria-labelledby="intervals-title">
      <h2 id="intervals-title">{t("report.intervals")}</h2>
      <div class="table" role="region" aria-labelledby="intervals-title" tabIndex={0}>
        <table data-table="intervals">
          <thead>
            <tr><th scope="col">{t("report.interval")}</th><th scope="col">{t("report.definition")}</th><th scope="col">{t("report.per")}</th><FigureHeads /><th scope="col">{t("report.invalid")}</th></tr>
          </thead>
          <tbody>
            {intervals.map((interval) => (
              <tr key={interval.name}>
                <th scope="row">{word("interval", interval.name)}</th>
                <td class="definition">{word("time", interval.from)} <span class="dim">({interval.from})</span> → {word("time", interval.to)} <span class="dim">({interval.to})</span></td>
                <td>{word("account", interval.unit_of_account)}</td>
                <Figures interval={interval} />
                <td class="figure">{number(interval.invalid)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

export function sliceLabel(by: ReportBy, slice: { key: string; label: string }): string {
  if (by === "category") return word("category", slice.key);
  if (by === "hour" && /^\d{1,2}$/.test(slice.label)) return `${slice.label.padStart(2, "0")}:00`;
  return slice.label;
}

export function SliceTable({ report, by }: { report: Report; by: ReportBy }) {
  if (report.slices.length === 0) return null;
  return (
    <section aria-labelledby="slices-title">
      <h2 id="slices-title">{t("report.slices", { by: word("by", by) })}</h2>
      <div class="table" role="region" aria-labelledby="slices-title" tabIndex={0}>
        <table data-table="slices">
          <thead><tr><th scope="col">{t("report.slice")}</th><FigureHeads /></tr></thead>
          <tbody>
            {report.slices.map((slice) => {
              const total = slice.intervals.find((interval) => interval.name === "total_response");
              return total && <tr key={slice.key}><th scope="row">{sliceLabel(by, slice)}</th><Figures interval={total} /></tr>;
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function villageName(row: ReportRow): string {
  if (row.village === null) return "–";
  return typeof row.village === "string" ? row.village : `${row.village.name}, ${t("place.district", { district: row.village.district })}`;
}

const TIMES = ["total_response_s", "processing_s", "acknowledgement_s", "turnout_s", "travel_s", "on_scene_s", "transport_s"] as const;

/** How it ended, or how far its unit is. */
function stateOf(row: ReportRow): string {
  if (row.disposition) return word("disposition", row.disposition);
  return row.state ? word("step", row.state) : "–";
}

export function RowTable({ report }: { report: Report }) {
  const [all, setAll] = useState(false);
  const rows = all ? report.rows : report.rows.slice(0, ROWS_SHOWN);
  if (report.rows.length === 0 || !headline(report)) return null;
  return (
    <section aria-labelledby="rows-title" class="rows">
      <h2 id="rows-title">{t("report.rows")}</h2>
      <div class="table" role="region" aria-labelledby="rows-title" tabIndex={0}>
        <table data-table="rows">
          <thead>
            <tr>
              <th scope="col">{t("report.case")}</th><th scope="col">{t("report.received")}</th><th scope="col">{t("report.priority")}</th>
              <th scope="col">{t("report.category")}</th><th scope="col">{t("report.village")}</th><th scope="col">{t("report.unit")}</th>
              <th scope="col">{t("report.state")}</th>
              {TIMES.map((name) => <th key={name} scope="col">{word("interval", name.slice(0, -2))}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const target = report.targets_s[row.priority];
              const over = row.total_response_s !== null && target !== undefined && row.total_response_s > target;
              return (
                <tr key={`${row.incident}/${row.unit}`}>
                  <th scope="row" class="figure nowrap">{row.case_number}</th>
                  <td class="figure nowrap">{dayAndTime(Date.parse(row.received_at))}</td>
                  <td class={`priority-${row.priority}`}><b class="badge">{row.priority}</b></td>
                  <td>{word("category", row.category)}</td><td>{villageName(row)}</td>
                  <td class="nowrap">{row.unit ? shortUnit(row.unit) : "–"}</td><td>{stateOf(row)}</td>
                  {TIMES.map((name) => (
                    <td key={name} class={`figure ${over && name === "total_response_s" ? "over" : ""}`}>
                      {seconds(row[name])}{over && name === "total_response_s" && <span class="hidden"> {t("report.over_target")}</span>}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <MoreRows shown={rows.length} all={report.rows.length} onMore={() => setAll(true)} />
    </section>
  );
}
