// The lower left: the units, the facilities that receive patients, or the villages out of reach.
import { coverage } from "../coverage";
import { t } from "../i18n";
import { leftList, type LeftList } from "../state";
import { CoverageList, shareText } from "./coverage";
import { Facilities } from "./facilities";
import { Units } from "./units";

const LISTS: readonly LeftList[] = ["units", "facilities", "coverage"];

export function Lists() {
  const shown = leftList.value;
  return (
    <section class="units panel" aria-labelledby="lists-title">
      <h2 id="lists-title">
        <kbd>F7</kbd> <span class="hidden">{t("lists.title")}</span>
        <span class="tabs" role="group" aria-labelledby="lists-title">
          {LISTS.map((each) => (
            <button key={each} type="button" aria-pressed={shown === each} data-list={each} onClick={() => (leftList.value = each)}>
              {t(`lists.${each}`)}{each === "coverage" && coverage.value && <span class="figure"> {shareText(coverage.value)}</span>}
            </button>
          ))}
        </span>
      </h2>
      {shown === "facilities" ? <Facilities /> : shown === "coverage" ? <CoverageList /> : <Units />}
    </section>
  );
}
