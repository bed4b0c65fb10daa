import { wordsOnDemand } from "../../i18n";

const section = wordsOnDemand(
  () => import("../../i18n/nb/inbox").then((file) => file.inbox),
  () => import("../../i18n/en/inbox").then((file) => file.inbox),
);
export const load = section.load;
export const text = section.words;
