// The texts of the devices' page and of the phone's page, in both languages; only there are they loaded.
import { devices as en } from "./en-devices";
import { devices as id } from "./id-devices";
import { withTexts } from "./index";

export { language, word } from "./index";
export const t = withTexts({ id, en });
