/** Times until which a row can be put aside. */
import { inOslo, localDay, localMinute, plusDays } from "../../i18n/zone";

type Preset = "morning" | "afternoon" | "tomorrow" | "monday";

const DAY_BEGINS = "08:00";
const NIGHT_ENDS = "06:00";
const AFTERNOON = "14:00";
/** Whoever puts it aside until the afternoon means some hours. */
const AFTERNOON_OFFERED_UNTIL = "13:00";

/** Those that make sense now, the nearest first. */
export function presets(at: number): readonly { readonly name: Preset; readonly until: number }[] {
  const today = localDay(at);
  const weekday = new Date(`${today}T00:00:00Z`).getUTCDay();
  const toMonday = ((8 - weekday) % 7) || 7;
  const found: { name: Preset; until: number }[] = [];
  // At two at night the next morning is today's.
  if (localMinute(at).slice(11) < NIGHT_ENDS) found.push({ name: "morning", until: inOslo(today, DAY_BEGINS) });
  if (localMinute(at).slice(11) < AFTERNOON_OFFERED_UNTIL) found.push({ name: "afternoon", until: inOslo(today, AFTERNOON) });
  found.push({ name: "tomorrow", until: inOslo(plusDays(today, 1), DAY_BEGINS) });
  if (toMonday > 1) found.push({ name: "monday", until: inOslo(plusDays(today, toMonday), DAY_BEGINS) });
  return found;
}

/** The longest that the server keeps something out of sight. */
export const LONGEST_MS = 90 * 86_400_000;

/** What a field for date and time says, in Oslo. Null when it says nothing that lies ahead. */
export function ownTime(written: string, at: number): number | null {
  const found = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(written);
  if (found === null) return null;
  const until = inOslo(found[1] ?? "", found[2]);
  return until > at && until <= at + LONGEST_MS ? until : null;
}

/** Whether a limit comes before it: then it is back by that. */
export function isCutShort(wanted: number, wakesAt: string | null | undefined): boolean {
  return wakesAt != null && Date.parse(wakesAt) < wanted;
}

