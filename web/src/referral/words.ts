import { words } from "../i18n";
import { referral as en } from "../i18n/en/referral";
import { referral as nb } from "../i18n/nb/referral";

export const text = words(nb, en);
