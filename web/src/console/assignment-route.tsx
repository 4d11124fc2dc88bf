// How the unit drives there: the length of its way, and the turn list to read out to a crew that does not know the place.
import { distance, eta } from "../format";
import { t } from "../i18n";
import type { Assignment, RouteTurn } from "../protocol";
import { routes } from "../routes";

/** One line of the list in words: "Belok kiri ke Jalan Kenanga". */
export function turnText({ kind, road, exit }: RouteTurn): string {
  const what = kind === "roundabout" ? t("turn.roundabout", { n: exit ?? 1 }) : t(`turn.${kind}`);
  if (!road || kind === "arrive") return what;
  return `${what} ${kind === "depart" || kind === "turn_round" ? t("turn.along", { road }) : t("turn.onto", { road })}`;
}

export function RouteLine({ assignment }: { assignment: Assignment }) {
  const route = routes.value.get(assignment.id);
  if (!route) return null;
  return (
    <details class="route" data-route={route.basis}>
      <summary>
        {t("route.title", { to: route.to.name })} <span class="figure">{distance(route.metres)} · {eta(route.seconds)}</span>
        <span class="dim"> {route.basis === "road" ? t("route.road") : t("route.straight_line")}</span>
      </summary>
      {route.turns.length > 0 && (
        <ol class="turns">
          {route.turns.map((turn, n) => (
            <li key={n} data-turn={turn.kind}>
              {turnText(turn)} {turn.metres > 0 && <span class="figure dim">{distance(turn.metres)}</span>}
            </li>
          ))}
        </ol>
      )}
      <a href={route.geo}>{t("route.geo")}</a>
    </details>
  );
}
