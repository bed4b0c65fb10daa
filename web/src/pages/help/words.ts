import { words } from "../../i18n";
import { help as en } from "../../i18n/en/help";
import { help as nb } from "../../i18n/nb/help";

export const text = words(nb, en);
