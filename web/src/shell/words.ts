import { words } from "../i18n";
import { shell as en } from "../i18n/en/shell";
import { shell as nb } from "../i18n/nb/shell";

export const shell = words(nb, en);
