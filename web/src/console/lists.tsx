// The lower left: the units, or the facilities that receive patients.
import { t } from "../i18n";
import { leftList, type LeftList } from "../state";
import { Facilities } from "./facilities";
import { Units } from "./units";

const LISTS: readonly LeftList[] = ["units", "facilities"];

export function Lists() {
  const shown = leftList.value;
  return (
    <section class="units panel" aria-labelledby="lists-title">
      <h2 id="lists-title">
        <kbd>F7</kbd> <span class="hidden">{t("lists.title")}</span>
        <span class="tabs" role="group" aria-labelledby="lists-title">
          {LISTS.map((each) => (
            <button key={each} type="button" aria-pressed={shown === each} data-list={each} onClick={() => (leftList.value = each)}>{t(`lists.${each}`)}</button>
          ))}
        </span>
      </h2>
      {shown === "facilities" ? <Facilities /> : <Units />}
    </section>
  );
}
