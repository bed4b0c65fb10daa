import { words } from "../../i18n";
import { workflows as en } from "../../i18n/en/workflows";
import { workflows as nb } from "../../i18n/nb/workflows";

export const text = words(nb, en);
