import { words } from "../../i18n";
import { follow as en } from "../../i18n/en/follow";
import { follow as nb } from "../../i18n/nb/follow";

export const text = words(nb, en);
