import { words } from "../../i18n";
import { locale } from "../../i18n";
import { refer as en } from "../../i18n/en/refer";
import { refer as nb } from "../../i18n/nb/refer";

export const text = words(nb, en);
export type Text = ReturnType<typeof text>;

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
