import { words } from "../../i18n";
import { cases as en } from "../../i18n/en/cases";
import { cases as nb } from "../../i18n/nb/cases";

export const text = words(nb, en);
