import { words } from "../../i18n";
import { inbox as en } from "../../i18n/en/inbox";
import { inbox as nb } from "../../i18n/nb/inbox";

export const text = words(nb, en);
