// The rows of the table below once more, on a map of our own: each district or village in the class of its 90th percentile.
import { useEffect, useState } from "preact/hooks";
import { api } from "../api";
import { running } from "../format";
import { t, word } from "../i18n/report";
import { linesOf, ringsOf } from "../outlines";
import type { Outline, Outlines } from "../protocol";
import type { Interval, Report, ReportBy } from "../protocol-report";
import { CLASS_COLOURS, HATCHED_N, HIDDEN_N, classOf, classStep } from "./classes";

const WIDTH = 900;
const EDGE = 8;
const NO_FIGURES = "#f4f6f8";

/** Undefined while it is on its way, null where no boundaries are imported. */
function useOutlines(): Outlines | null | undefined {
  const [outlines, setOutlines] = useState<Outlines | null>();
  useEffect(() => {
    let current = true;
    const take = (found: Outlines | null) => current && setOutlines(found);
    // The figures stand without their map.
    api.outlines().then((found) => take(found ?? null), () => take(null));
    return () => {
      current = false;
    };
  }, []);
  return outlines;
}

/** Degrees to the picture: as wide as the outlines, as high as they are at their latitude. */
function projection(outlines: Outlines) {
  const places = linesOf(outlines).flat();
  const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
  const least = (values: number[]) => values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (values: number[]) => values.reduce((a, b) => Math.max(a, b), -Infinity);
  const [west, north] = [least(xs), most(ys)];
  const narrow = Math.cos((north * Math.PI) / 180);
  const scale = (WIDTH - 2 * EDGE) / ((most(xs) - west) * narrow);
  const at = ([x, y]: [number, number]): [number, number] => [EDGE + (x - west) * narrow * scale, EDGE + (north - y) * scale];
  return { at, height: Math.ceil((north - least(ys)) * scale + 2 * EDGE) };
}

function areaOf(ring: readonly [number, number][]): number {
  const twice = ring.reduce((sum, [x, y], n) => {
    const [toX, toY] = ring[(n + 1) % ring.length]!;
    return sum + x * toY - toX * y;
  }, 0);
  return Math.abs(twice / 2);
}

interface Shape { outline: Outline; path: string; middle: [number, number] }

function shapesOf(outlines: Outlines, kind: "villages" | "districts", at: (place: [number, number]) => [number, number]): Shape[] {
  const lines = linesOf(outlines);
  return outlines.objects[kind].geometries.map((outline) => {
    const rings = ringsOf(outline, lines).map((ring) => ring.map(at));
    const path = rings.map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z`).join("");
    // Its name stands on the mainland.
    const large = rings.reduce((a, b) => (areaOf(b) > areaOf(a) ? b : a), rings[0] ?? []);
    const mean = (axis: 0 | 1) => (Math.min(...large.map((p) => p[axis])) + Math.max(...large.map((p) => p[axis]))) / 2;
    return { outline, path, middle: [mean(0), mean(1)] };
  });
}

function figures(total: Interval | undefined): string {
  if (!total || total.n === 0) return t("report.map_none");
  const p90 = total.n < HIDDEN_N || total.p90_s === null ? t("report.map_hidden") : running(Math.round(total.p90_s));
  return `${t("report.p90")} ${p90}, n=${total.n}`;
}

function Legend({ step }: { step: number | null }) {
  return (
    <ul class="map-key">
      {step !== null && CLASS_COLOURS.map((colour, n) => (
        <li key={colour}>
          <i style={{ background: colour }} />
          {n === CLASS_COLOURS.length - 1 ? `≥ ${running(n * step)}` : `${running(n * step)} – ${running((n + 1) * step)}`}
        </li>
      ))}
      <li><svg width="22" height="14" aria-hidden="true"><rect width="22" height="14" fill="url(#few)" stroke="#68757f" /></svg> {t("report.map_few")}</li>
      <li><i style={{ background: NO_FIGURES }} /> {t("report.map_none")}</li>
    </ul>
  );
}

function Drawing({ report, by, outlines }: { report: Report; by: "district" | "village"; outlines: Outlines }) {
  const { at, height } = projection(outlines);
  const shapes = shapesOf(outlines, by === "district" ? "districts" : "villages", at);
  const districts = shapesOf(outlines, "districts", at);
  const totals = new Map(report.slices.map((slice) => [slice.key, slice.intervals.find((interval) => interval.name === "total_response")]));
  const solid = [...totals.values()].flatMap((total) => (total && total.n >= HATCHED_N && total.p90_s !== null ? [total.p90_s] : []));
  const step = classStep(solid);
  const fill = (total: Interval | undefined) => {
    if (!total || total.n === 0 || total.p90_s === null) return NO_FIGURES;
    return total.n < HATCHED_N ? "url(#few)" : CLASS_COLOURS[classOf(total.p90_s, step)];
  };
  return (
    <>
      <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={t("report.map_label", { by: word("by", by) })} data-map={by}>
        <defs>
          <pattern id="few" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="6" height="6" fill="#fff" /><line x1="0" x2="0" y1="0" y2="6" stroke="#68757f" stroke-width="2.4" />
          </pattern>
        </defs>
        {shapes.map(({ outline, path }) => (
          <path key={outline.id} d={path} fill={fill(totals.get(outline.id))} fill-rule="evenodd" stroke="#aeb9c2" stroke-width={0.7} data-code={outline.id}>
            <title>{`${outline.properties.name}: ${figures(totals.get(outline.id))}`}</title>
          </path>
        ))}
        {districts.map(({ outline, path }) => <path key={outline.id} d={path} fill="none" stroke="#2b3a46" stroke-width={by === "district" ? 1 : 1.4} pointer-events="none" />)}
        {districts.map(({ outline, middle: [x, y] }) => {
          const total = totals.get(outline.id);
          return (
            <text key={outline.id} x={x} y={y} text-anchor="middle" class="map-name">
              {outline.properties.name}
              {by === "district" && total && total.n >= HIDDEN_N && total.p90_s !== null && <tspan x={x} dy="1.1em">{running(Math.round(total.p90_s))}</tspan>}
            </text>
          );
        })}
      </svg>
      <Legend step={solid.length > 0 ? step : null} />
    </>
  );
}

export function OutlineMap({ report, by, onBy }: { report: Report; by: ReportBy; onBy(by: ReportBy): void }) {
  const outlines = useOutlines();
  if (outlines === undefined) return null;
  const isMapped = by === "district" || by === "village";
  return (
    <section class="outline-map" aria-labelledby="map-title">
      <h2 id="map-title">{t("report.map")}</h2>
      {outlines === null ? <p class="dim" data-map="missing">{t("report.map_missing")}</p> : (
        <>
          <p class="no-print map-switch">
            {(["district", "village"] as const).map((kind) => (
              <button key={kind} type="button" aria-pressed={by === kind} onClick={() => onBy(kind)}>{t(`report.map_${kind}`)}</button>
            ))}
            {isMapped && <a href="#slices-title">{t("report.map_table")}</a>}
          </p>
          {isMapped && <figure class="chart"><figcaption>{t("report.map_caption", { by: word("by", by) })}</figcaption><Drawing report={report} by={by} outlines={outlines} /></figure>}
        </>
      )}
    </section>
  );
}
