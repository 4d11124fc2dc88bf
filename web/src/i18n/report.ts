// The texts of the officials' page, in both languages; only there are they loaded.
import { report as en } from "./en-report";
import { report as id } from "./id-report";
import { withTexts } from "./index";

export { language, word } from "./index";
export const t = withTexts({ id, en });
