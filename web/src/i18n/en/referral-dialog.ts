import type { Words } from "..";
import type { referralDialog as nb } from "../nb/referral-dialog";

export const referralDialog: Words<typeof nb> = {
  system: "Stafett",
  optional: "(optional)",
  choose: "Choose",
  agency: "Search for an agency",
  agencyNone: "No agency fits.",
  open: "open now",
  closed: "closed now",
  me: "Me",
  away: (name: string, deputy: string) => `${name} (away, ${deputy} stands in)`,
  basis: "Legal basis",
  reason: "Reason",
  by: "Who has consented?",
  youth: "The young person",
  guardians: "Guardians",
  age: "Age",
  scope: "What the consent covers",
  missing: "Fill in this field.",
  pick: "Choose one of these.",
  errors: "Mend this first",
  stale: {
    title: "Somebody was faster",
    text: "What you have written is still here. This happened while you had the referral open:",
    still: "You can still do this. Look it over and send it again.",
    gone: "This cannot be done any longer.",
  },
};
