import { words } from "../i18n";
import { referralDialog as en } from "../i18n/en/referral-dialog";
import { referralDialog as nb } from "../i18n/nb/referral-dialog";

export const dialogText = words(nb, en);
