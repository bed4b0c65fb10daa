import { words } from "../../i18n";
import { glass as en } from "../../i18n/en/glass";
import { glass as nb } from "../../i18n/nb/glass";

export const text = words(nb, en);
