// What observed trips have taught of travel times: by how much estimates by road are corrected, and from how many trips.
import { useEffect, useState } from "preact/hooks";
import { api } from "../api";
import { number } from "../format";
import { t, word } from "../i18n/report";
import type { TravelFactors } from "../protocol-report";
import { MoreRows, ROWS_SHOWN } from "./more-rows";

function useFactors(): TravelFactors | null {
  const [found, setFound] = useState<TravelFactors | null>(null);
  useEffect(() => {
    // A server that ranks by straight lines leaves the report as it is.
    api.travelFactors().then(setFound, () => setFound(null));
  }, []);
  return found;
}

/** How much longer or shorter than the table says: `+12%`. */
export function correction(factor: number): string {
  const more = Math.round((factor - 1) * 100);
  const sign = more === 0 ? "" : more > 0 ? "+" : "−";
  return `${sign}${number(Math.abs(more))}%`;
}

const hour = (value: number) => `${String(value).padStart(2, "0")}:00`;

export function LearnedPart() {
  const [all, setAll] = useState(false);
  const found = useFactors();
  // Nobody needs a heading over nothing: without roads, with learning switched off, or before the first trips.
  if (!found || found.cells.length === 0) return null;
  // What moves an estimate most comes first.
  const cells = [...found.cells].sort((a, b) => Math.abs(Math.log(b.factor)) - Math.abs(Math.log(a.factor)) || b.n - a.n);
  const rows = all ? cells : cells.slice(0, ROWS_SHOWN);
  return (
    <section aria-labelledby="learned-title" class="rows learned">
      <h2 id="learned-title">{t("learned.title")}</h2>
      <p class="dim">{t("learned.note")}</p>
      {found.classes.length > 0 && (
        <div class="table" role="region" aria-label={t("learned.classes")} tabIndex={0}>
          <table data-table="learned-classes">
            <thead><tr><th scope="col">{t("learned.class")}</th><th scope="col">{t("learned.trips")}</th><th scope="col">{t("learned.hours")}</th><th scope="col">{t("learned.correction")}</th></tr></thead>
            <tbody>
              {found.classes.map((row) => (
                <tr key={row.class}>
                  <th scope="row">{word("road_class", row.class)}</th><td class="figure">{number(row.n)}</td>
                  <td class="figure">{number(row.hours, 1)}</td><td class="figure">{correction(row.factor)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div class="table" role="region" aria-label={t("learned.cells")} tabIndex={0}>
        <table data-table="learned-cells">
          <thead><tr><th scope="col">{t("learned.district")}</th><th scope="col">{t("learned.hour")}</th><th scope="col">{t("learned.trips")}</th><th scope="col">{t("learned.median")}</th><th scope="col">{t("learned.correction")}</th></tr></thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.district}/${row.from_hour}`}>
                <th scope="row">{row.name}</th><td class="figure nowrap">{hour(row.from_hour)}–{hour(row.to_hour)}</td><td class="figure">{number(row.n)}</td>
                <td class="figure">{correction(row.median)}</td><td class="figure">{correction(row.factor)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <MoreRows shown={rows.length} all={cells.length} onMore={() => setAll(true)} />
    </section>
  );
}
