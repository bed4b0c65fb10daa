import type { Words } from "..";
import type { correct as nb } from "../nb/correct";

export const correct: Words<typeof nb> = {
  title: "Correct what is registered",
  lead: "What stood before is kept. Everyone who received the referral is told that something was corrected; the mail does not say what.",
  alias: "Nickname",
  name: "Name",
  age: "Age, about",
  badAge: "Write the age in whole years.",
  unknown: "Not known",
  kind: "Kind of number",
  residence: "Residence status",
  interpreter: "Needs an interpreter",
  protection: "Protected address",
  flags: "Particularly important",
  reason: "Why is it corrected?",
  reasonHint: "Stands in the events. Write no name or number here.",
  noReason: "Write why it is corrected.",
  save: "Correct",
};
