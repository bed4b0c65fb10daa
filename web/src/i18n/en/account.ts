import type { Words } from "..";
import type { account as nb } from "../nb/account";

export const account: Words<typeof nb> = {
  language: "Language",
  appearance: "Appearance",
  auto: "As the system",
  light: "Light",
  dark: "Dark",
  profile: "Your account: password, e-mail, sign-ins, absence",
  glass: "Break-glass: read one referral in an emergency",
  signOut: "Sign out",
};
