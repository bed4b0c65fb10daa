/** Thirds of a year: across agencies figures are given for one that is over. */
import { lastOfMonth } from "../../i18n/zone";

/** So many are offered. */
const THIRDS = 6;

/** The thirds of a year that are over, the last first, as the first day of each; with the one that runs if asked for it. */
export function thirds(today: string, running = false): readonly string[] {
  const [year = 0, month = 1] = today.split("-").map(Number);
  const last = year * 3 + Math.floor((month - 1) / 4) - (running ? 0 : 1);
  return Array.from({ length: THIRDS }, (_, back) => {
    const third = last - back;
    return `${Math.floor(third / 3)}-${String((third % 3) * 4 + 1).padStart(2, "0")}-01`;
  });
}

/** The last day of the third of a year that begins on a day. */
export function endOf(third: string): string {
  return lastOfMonth(third, 3);
}
