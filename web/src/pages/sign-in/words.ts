import { words } from "../../i18n";
import { signIn as en } from "../../i18n/en/sign-in";
import { signIn as nb } from "../../i18n/nb/sign-in";

export const text = words(nb, en);
