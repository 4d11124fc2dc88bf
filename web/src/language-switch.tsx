// The switch between Indonesian and English.
import { language, setLanguage, t, type Language } from "./i18n";

const LANGUAGES: readonly Language[] = ["id", "en"];

export function LanguageSwitch() {
  return (
    <div class="language" role="group" aria-label={t("header.language")}>
      {LANGUAGES.map((each) => (
        <button key={each} type="button" lang={each} aria-pressed={language.value === each} onClick={() => setLanguage(each)}>
          {each.toUpperCase()}
        </button>
      ))}
    </div>
  );
}
