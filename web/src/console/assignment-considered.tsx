// The list as it stood when a unit was ordered out: those that could go, and the nearer ones that could not, with the reason.
import { distance, eta, shortUnit, wholeAge } from "../format";
import { t, word } from "../i18n";
import type { Assignment } from "../protocol";

export function ConsideredList({ assignment }: { assignment: Assignment }) {
  if (assignment.considered.length === 0) return null;
  return (
    <details class="considered">
      <summary>{t("considered.title", { n: assignment.considered.length })}</summary>
      <ol>
        {assignment.considered.map((line) => (
          <li key={line.unit} class={line.unit === assignment.unit ? "is-chosen" : ""}>
            <b>{shortUnit(line.unit)}</b>
            <span class="figure">{eta(line.eta_s)} · {distance(line.distance_m)}</span>
            <span class="dim">
              {line.excluded ? word("exclusion", line.excluded) : line.fix_age_s === null ? t("considered.no_fix") : t("unit.fix", { age: wholeAge(line.fix_age_s) })}
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}
