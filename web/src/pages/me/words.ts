import { words } from "../../i18n";
import { me as en } from "../../i18n/en/me";
import { me as nb } from "../../i18n/nb/me";

export const text = words(nb, en);
