// Coverage: the share of villages that a free unit reaches in time, those that none reaches, and what would help.
import { useRef } from "preact/hooks";
import { OLD_MS, byDistrict, chosenVillage, coverage, coverageAt, coverageLayer, showVillage, shownShare } from "../coverage";
import { percent, shortUnit, wholeAge } from "../format";
import { t } from "../i18n";
import { Hatched, Warn } from "../icons";
import type { Coverage as CoverageNow, MoveUp, VillageName } from "../protocol";
import { now } from "../state";

/** "92 %", or a dash until it is known. */
export function shareText(now: CoverageNow | null): string {
  const share = now === null ? null : shownShare(now);
  return share === null ? "–" : percent(share);
}

export function minutes(now: CoverageNow): number {
  return Math.round(now.within_s / 60);
}

function LayerSwitch() {
  return (
    <label class="switch">
      <input type="checkbox" role="switch" checked={coverageLayer.value} data-coverage-switch
        onChange={(event) => (coverageLayer.value = event.currentTarget.checked)} />
      {t("coverage.layer")} <kbd>J</kbd>
    </label>
  );
}

function Summary({ found }: { found: CoverageNow }) {
  void now.value;
  const old = performance.now() - coverageAt.value;
  return (
    <div class="coverage-summary" data-coverage={found.covered_share ?? undefined}>
      <p><b class="coverage-share figure">{shareText(found)}</b> {t("coverage.share", { n: minutes(found) })}</p>
      <p class="dim">
        {t("coverage.note", { units: found.units, age: wholeAge(old / 1000) })}
        {old > OLD_MS && <span class="missing"> <Warn size={12} /> {t("coverage.old")}</span>}
      </p>
      <LayerSwitch />
    </div>
  );
}

/** The village of the post, with its district; where it is not known, the unit whose post it is. */
const postName = ({ to, post_of }: MoveUp) => (to ? `${to.name}, ${t("place.district", { district: to.district })}` : shortUnit(post_of));

/** Proposals, never orders: nothing here sounds or blinks. */
function MoveUps({ moves }: { moves: readonly MoveUp[] }) {
  if (moves.length === 0) return null;
  return (
    <section class="move-ups" aria-labelledby="move-ups-title">
      <h3 id="move-ups-title">{t("coverage.move_title")}</h3>
      <ul>
        {moves.map((move) => (
          <li key={move.unit}>
            <button type="button" data-move-up={move.unit} onClick={() => move.to && showVillage(move.to.code)}>
              <b>{shortUnit(move.unit)}</b>
              <span class="figure">{t("coverage.gain", { n: move.gain_villages })}</span>
              <span>{move.from?.name ?? ""} → {postName(move)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Villages({ villages }: { villages: readonly VillageName[] }) {
  const list = useRef<HTMLDivElement>(null);
  const groups = byDistrict(villages);
  const inOrder = groups.flatMap(([, each]) => each);
  const tabStop = inOrder.some(({ code }) => code === chosenVillage.value) ? chosenVillage.value : inOrder[0]?.code;
  function move(event: KeyboardEvent) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const rows = [...(list.current?.querySelectorAll<HTMLElement>("[data-village]") ?? [])];
    const next = rows[rows.indexOf(document.activeElement as HTMLElement) + step];
    if (step === 0 || !next) return;
    event.preventDefault();
    next.focus();
  }
  return (
    <div ref={list} class="uncovered" onKeyDown={move}>
      {groups.map(([district, each]) => (
        <section key={district} aria-label={t("place.district", { district })}>
          <h4>{t("place.district", { district })} <span class="figure dim">{each.length}</span></h4>
          <ul>
            {each.map(({ code, name }) => (
              <li key={code}>
                <button type="button" data-village={code} tabIndex={code === tabStop ? 0 : -1} aria-pressed={code === chosenVillage.value}
                  onClick={() => showVillage(code)}>{name}</button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

export function CoverageList() {
  const found = coverage.value;
  return (
    <div class="scroll coverage-list" tabIndex={0} role="group" aria-label={t("coverage.title")}>
      {found === null ? <p class="empty">{t("coverage.unavailable")}</p> : (
        <>
          <Summary found={found} />
          <MoveUps moves={found.move_up ?? []} />
          <h3>{found.uncovered.length === 0 ? t("coverage.none") : t("coverage.uncovered", { n: found.uncovered.length })}</h3>
          <Villages villages={found.uncovered} />
        </>
      )}
    </div>
  );
}

/** On the map: the figure, the switch of the layer, and what the pattern means while it is drawn. */
export function CoverageOnMap() {
  const found = coverage.value;
  if (found === null) return null;
  const on = coverageLayer.value;
  return (
    <div class="map-coverage">
      <button type="button" aria-pressed={on} data-coverage-layer onClick={() => (coverageLayer.value = !on)} title={t("coverage.layer")}>
        <Hatched /> <span class="figure"><b>{shareText(found)}</b> {t("coverage.share", { n: minutes(found) })}</span>
      </button>
      {on && <p class="map-coverage-legend"><Hatched size={16} /> {t("coverage.legend", { n: minutes(found) })}</p>}
    </div>
  );
}
