import { words } from "../../i18n";
import { referralPage as en } from "../../i18n/en/referral-page";
import { referralPage as nb } from "../../i18n/nb/referral-page";

/** What only the page itself says; what the inbox says too stands in `src/referral/words.ts`. */
export const pageText = words(nb, en);
