// Orders that came to nothing: what became of the orders to each unit, and every refusal and cancellation with its reason.
import { useEffect, useState } from "preact/hooks";
import { api } from "../api";
import { dayAndTime, number, percent, shortUnit } from "../format";
import { t, word } from "../i18n/report";
import type { Refusals } from "../protocol-report";
import { seconds } from "./cards";
import { MoreRows, ROWS_SHOWN } from "./more-rows";

const OUTCOMES = ["rejected", "timed_out", "cancelled", "diverted"] as const;

function useRefusals(from: string, to: string): Refusals | null {
  const [found, setFound] = useState<Refusals | null>(null);
  useEffect(() => {
    let current = true;
    // A server that does not make this report leaves the response times as they are.
    api.refusals(from, to).then((answer) => current && setFound(answer), () => current && setFound(null));
    return () => {
      current = false;
    };
  }, [from, to]);
  return found;
}

function UnitTable({ found }: { found: Refusals }) {
  const asked = found.units.filter((unit) => OUTCOMES.some((outcome) => unit[outcome] > 0)).sort((a, b) => b.refused_share - a.refused_share || b.offers - a.offers);
  if (asked.length === 0) return null;
  return (
    <div class="table" role="region" aria-label={t("refusals.units")} tabIndex={0}>
      <table data-table="refusal-units">
        <caption class="hidden">{t("refusals.units")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("report.unit")}</th><th scope="col">{t("refusals.offers")}</th><th scope="col">{t("refusals.accepted")}</th>
            {OUTCOMES.map((outcome) => <th key={outcome} scope="col">{word("step", outcome)}</th>)}
            <th scope="col">{t("refusals.share")}</th>
          </tr>
        </thead>
        <tbody>
          {asked.map((unit) => (
            <tr key={unit.unit}>
              <th scope="row" class="nowrap">{shortUnit(unit.unit)}</th>
              <td class="figure">{number(unit.offers)}</td><td class="figure">{number(unit.accepted)}</td>
              {OUTCOMES.map((outcome) => <td key={outcome} class="figure">{number(unit[outcome])}</td>)}
              <td class="figure">{percent(unit.refused_share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RefusalTable({ found }: { found: Refusals }) {
  const [all, setAll] = useState(false);
  const newest = [...found.refusals].reverse();
  const rows = all ? newest : newest.slice(0, ROWS_SHOWN);
  return (
    <>
      <div class="table" role="region" aria-label={t("refusals.title")} tabIndex={0}>
        <table data-table="refusals">
          <thead>
            <tr>
              <th scope="col">{t("report.case")}</th><th scope="col">{t("report.unit")}</th><th scope="col">{t("refusals.offered")}</th>
              <th scope="col">{t("refusals.outcome")}</th><th scope="col">{t("refusals.after")}</th><th scope="col">{t("refusals.stage")}</th>
              <th scope="col">{t("refusals.reason")}</th><th scope="col">{t("refusals.by")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.case_number}/${row.unit}/${row.offered_at}`}>
                <th scope="row" class="figure nowrap">{row.case_number}</th><td class="nowrap">{shortUnit(row.unit)}</td>
                <td class="figure nowrap">{dayAndTime(Date.parse(row.offered_at))}</td><td>{word("step", row.outcome)}</td>
                <td class="figure">{seconds(row.after_s)}</td><td>{word("stage", row.stage)}</td><td>{row.reason ?? "–"}</td><td>{word("source", row.by)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <MoreRows shown={rows.length} all={newest.length} onMore={() => setAll(true)} />
    </>
  );
}

export function RefusalPart({ from, to }: { from: string; to: string }) {
  const found = useRefusals(from, to);
  if (!found) return null;
  return (
    <section aria-labelledby="refusals-title" class="rows refusals">
      <h2 id="refusals-title">{t("refusals.title")} <a class="button no-print" href={api.refusalsCsvAddress(from, to)} download>{t("report.csv")}</a></h2>
      <p class="dim">{t("refusals.note")}</p>
      {found.refusals.length === 0 ? <p class="empty">{t("refusals.none")}</p> : (
        <>
          <UnitTable found={found} />
          <RefusalTable found={found} />
        </>
      )}
    </section>
  );
}
