import { locale, wordsOnDemand } from "../../i18n";

const section = wordsOnDemand(
  () => import("../../i18n/nb/refer").then((file) => file.refer),
  () => import("../../i18n/en/refer").then((file) => file.refer),
);
const afterwards = wordsOnDemand(
  () => import("../../i18n/nb/refer-later").then((file) => file.referLater),
  () => import("../../i18n/en/refer-later").then((file) => file.referLater),
);
export const load = section.load;
export const text = section.words;
export type Text = ReturnType<typeof text>;
/** What is read after something was written comes while it is being written. */
export const loadLater = afterwards.load;
export const laterText = afterwards.words;
export type LaterText = ReturnType<typeof laterText>;

/** A time as one says it: the hour today, the day too on other days. */
export function when(at: number | string): string {
  const time = new Date(at);
  const today = time.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locale(), {
    ...(today ? {} : { weekday: "short", day: "numeric", month: "short" }),
    hour: "2-digit",
    minute: "2-digit",
  }).format(time);
}
