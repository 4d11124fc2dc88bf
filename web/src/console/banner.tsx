// The line nobody can overlook: the screen is old.
import { wholeAge } from "../format";
import { t } from "../i18n";
import { Warn } from "../icons";
import { silence_s, stale } from "../state";

export function Banner() {
  return (
    <div class="banner-place" role="alert" aria-live="assertive">
      {stale.value && (
        <div class="banner" data-banner>
          <Warn size={22} />
          <div>
            <strong>{t("banner.stale", { age: wholeAge(silence_s.value) })}</strong>
            <span>{t("banner.hint")}</span>
          </div>
        </div>
      )}
    </div>
  );
}
