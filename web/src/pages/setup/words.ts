import { words } from "../../i18n";
import { setup as en } from "../../i18n/en/setup";
import { setup as nb } from "../../i18n/nb/setup";

export const text = words(nb, en);
