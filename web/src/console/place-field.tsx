// The place, found while typing: names of villages, landmarks and roads always with village and district; links, codes
// and coordinates as they are pasted. Enter takes the first.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { api, sentence } from "../api";
import { t } from "../i18n";
import { villageOf } from "../place-name";
import type { PlaceHit, Point } from "../protocol";

/** Typists are faster than lines: one question for a burst of letters. */
const PAUSE_MS = 70;

interface Found { query: string; hits: PlaceHit[]; note: string | null }

interface Props {
  id: string;
  value: string;
  chosen: PlaceHit | null;
  /** Rises when the field should take the focus. */
  focus: number;
  /** What is known of the place already. */
  near: Point | null;
  onText(text: string): void;
  onChoose(hit: PlaceHit): void;
  onClear(): void;
  /** The operator goes on; the place may still be on its way. */
  onAdvance(): void;
  /** Enter came before the places did. */
  onPending?(): void;
  /** Enter came, and then there was nothing to take. */
  onMissing?(): void;
}

export function hitName(hit: PlaceHit): { name: string; district: string } {
  if (hit.kind === "village" && hit.village) {
    return { name: hit.village.name, district: t("place.district", { district: hit.village.district }) };
  }
  const within = hit.village ? villageOf({ basis: "point", village_basis: hit.village_basis }, hit.village) : "";
  if (hit.name) return { name: hit.name, district: within };
  return { name: hit.label, district: hit.village && hit.label.includes(hit.village.district) ? "" : within };
}

/** What a hit is, in a word. */
export function hitKind(hit: PlaceHit): string {
  return hit.kind === "landmark" && hit.landmark ? t(`place.landmark.${hit.landmark}`) : t(`place.kind.${hit.kind}`);
}

export function PlaceField({ id, value, chosen, focus, near, onText, onChoose, onClear, onAdvance, onPending, onMissing }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [found, setFound] = useState<Found | null>(null);
  const [active, setActive] = useState(0);
  const entered = useRef(false);
  const query = value.trim();
  const searching = chosen === null && query.length >= 2;

  // Before the next key can arrive: the first letter after F2 must land here.
  useLayoutEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, [focus]);

  useEffect(() => {
    if (!searching) return setFound(null);
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const { places, note } = await api.places(query, near, stop.signal);
        if (stop.signal.aborted) return;
        setFound({ query, hits: places, note: note?.text ?? null });
        setActive(0);
        if (entered.current) {
          entered.current = false;
          if (places[0]) onChoose(places[0]);
          else onMissing?.();
        }
      } catch (thrown) {
        if (stop.signal.aborted) return;
        setFound({ query, hits: [], note: sentence(thrown) });
        if (entered.current) onMissing?.();
        entered.current = false;
      }
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [query, searching]);

  const ready = found !== null && found.query === query;
  const open = searching;

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const last = (found?.hits.length ?? 0) - 1;
      setActive(Math.max(0, Math.min(last, active + (event.key === "ArrowDown" ? 1 : -1))));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (chosen) return onAdvance();
      if (!searching) return;
      const hit = ready ? found.hits[active] : undefined;
      if (hit) {
        onChoose(hit);
        onAdvance();
      } else if (!ready) {
        entered.current = true;
        onPending?.();
        onAdvance();
      }
    } else if (event.key === "Escape" && searching) {
      event.preventDefault();
      event.stopPropagation();
      onText("");
    }
  }

  return (
    <div class="place-field">
      <label for={id}>{t("call.place")}</label>
      <div class="place-input">
        <input ref={input} id={id} type="text" role="combobox" autocomplete="off" spellcheck={false} value={value}
          class={chosen ? "is-chosen" : ""} placeholder={t("call.place_hint")} aria-autocomplete="list" aria-expanded={open && ready && found.hits.length > 0}
          aria-controls={`${id}-list`} aria-activedescendant={open && ready && found.hits.length > 0 ? `${id}-${active}` : undefined}
          onInput={(event) => {
            entered.current = false;
            if (chosen) onClear();
            onText(event.currentTarget.value);
          }}
          onKeyDown={onKeyDown} />
        {chosen && <button type="button" class="quiet" tabIndex={-1} onClick={onClear} aria-label={t("call.place_clear")}>×</button>}
      </div>
      {chosen && (chosen.kind !== "village" || !value.includes(hitName(chosen).district)) && <p class="place-chosen"><b>{hitName(chosen).name}</b> {hitName(chosen).district}</p>}
      <ul id={`${id}-list`} role="listbox" aria-label={t("call.place")} class="place-list" hidden={!open || !found || found.hits.length === 0}>
        {found?.hits.map((hit, n) => {
          const { name, district } = hitName(hit);
          return (
            <li key={`${hit.label}/${hit.lat}/${hit.lon}`} id={`${id}-${n}`} role="option" aria-selected={n === active} class={n === active ? "is-active" : ""}
              onMouseDown={(event) => {
                event.preventDefault();
                onChoose(hit);
                onAdvance();
              }}>
              <b>{name}</b> <span>{district}</span> <i>{hitKind(hit)}</i>
            </li>
          );
        })}
      </ul>
      <p class="place-note" role="status">
        {open && !ready ? t("call.place_searching") : open && found?.note ? found.note : open && found?.hits.length === 0 ? t("call.place_none") : ""}
      </p>
    </div>
  );
}
