// Under a long table: how many of its rows are shown, and a button for the others.
import { number } from "../format";
import { t } from "../i18n/report";

/** Rows of a table before the button is pressed. */
export const ROWS_SHOWN = 50;

/** Nothing when all rows are shown already. */
export function MoreRows({ shown, all, onMore }: { shown: number; all: number; onMore(): void }) {
  if (shown >= all) return null;
  return (
    <p class="dim">
      {t("report.rows_shown", { shown: number(shown), all: number(all) })}
      <button type="button" class="no-print" onClick={onMore}>{t("report.more_rows")}</button>
    </p>
  );
}
