import type { Words } from "..";
import type { reason as nb } from "../nb/reason";

export const reason: Words<typeof nb> = {
  title: "Why do you look at this?",
  text: "The youth has a strictly confidential address. Everybody who sees something says why. The reason lies sealed in the access log.",
  label: "What do you need it for?",
  hint: "At least ten characters. Write what you will do, not what stands there.",
  tooShort: "Write at least ten characters.",
  go: "Show",
};
