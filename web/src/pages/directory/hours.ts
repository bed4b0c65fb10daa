/** Opening hours in words. All of it is Norway's clock, wherever the machine is. */
import type { Language } from "../../i18n";
import { LOCALES } from "../../i18n/locale";
import { clock } from "../../i18n/time";
import { localDay } from "../../i18n/zone";

export const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof WEEK)[number];
export type Span = readonly [from: string, to: string];

/** As the API gives it: open always, or spans for each day; a day that is not named is closed. */
export type Hours = { readonly always: true } | (Readonly<Partial<Record<Weekday | "holidays", readonly Span[]>>> & { readonly dates?: Readonly<Record<string, readonly Span[]>> });

const ZONE = "Europe/Oslo";
const DAY = 86_400_000;
export const MIDNIGHT = "24:00";

interface Local {
  /** The day as if it were one of UTC, so that days can be counted. */
  readonly day: number;
  /** `HH:MM` */
  readonly time: string;
}

function local(at: number): Local {
  return { day: Date.parse(localDay(at)), time: clock(at, "nb") };
}

/** The weekday of a day of [`local`]. */
function weekdayOf(day: number): Weekday {
  return WEEK[(new Date(day).getUTCDay() + 6) % 7] ?? "mon";
}

/** Today in Norway. */
export function today(at: number): Weekday {
  return weekdayOf(local(at).day);
}

/** Easter Sunday by the rule of Gauss in the form of Meeus, as a day of UTC. */
function easter(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const h = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const month = Math.floor((h + l - 7 * m + 114) / 31);
  return Date.UTC(year, month - 1, ((h + l - 7 * m + 114) % 31) + 1);
}

/** The public holidays of Norway; the eves are none. */
export function isHoliday(day: number): boolean {
  const date = new Date(day);
  const fixed = ["1-1", "5-1", "5-17", "12-25", "12-26"];
  if (fixed.includes(`${date.getUTCMonth() + 1}-${date.getUTCDate()}`)) return true;
  const fromEaster = Math.round((day - easter(date.getUTCFullYear())) / DAY);
  return [-3, -2, 0, 1, 39, 49, 50].includes(fromEaster);
}

function spans(hours: Exclude<Hours, { always: true }>, day: number): readonly Span[] {
  const own = hours.dates?.[new Date(day).toISOString().slice(0, 10)];
  return own ?? hours[isHoliday(day) ? "holidays" : weekdayOf(day)] ?? [];
}

export function isAlways(hours: Hours): hours is { readonly always: true } {
  return "always" in hours;
}

/** When it closes: so many days from now, at a time. Null when it is closed, and when it never closes. */
export function closes(hours: Hours, at: number): { readonly days: number; readonly time: string; readonly day: number } | null {
  if (isAlways(hours)) return null;
  const now = local(at);
  let day = now.day;
  let open = spans(hours, day).find(([from, to]) => from <= now.time && now.time < to);
  if (open === undefined) return null;
  // Midnight is no end where the next day begins open. A whole week of that never closes.
  for (let days = 0; days < 8; days++) {
    if (open[1] !== MIDNIGHT) return { days, time: open[1], day };
    const next = spans(hours, day + DAY).find(([from]) => from === "00:00");
    if (next === undefined) return { days, time: MIDNIGHT, day };
    day += DAY;
    open = next;
  }
  return null;
}

/** Which day an opening is: so many days from today. */
function daysUntil(opensAt: number, at: number): number {
  return Math.round((local(opensAt).day - local(at).day) / DAY);
}

export function weekdayName(day: Weekday, language: Language, style: "long" | "short" = "long"): string {
  // 5 January 1970 was a Monday.
  const at = (4 + WEEK.indexOf(day)) * DAY;
  return new Intl.DateTimeFormat(LOCALES[language], { timeZone: "UTC", weekday: style }).format(at);
}

/** `Åpent nå`, `Stengt`, or that nobody has said. */
interface Openness {
  readonly tone: "open" | "closed" | "unknown";
  readonly text: string;
}

const WORDS = {
  nb: {
    always: "Døgnåpent",
    open: "Åpent nå",
    until: (when: string) => `Åpent nå – stenger ${when}`,
    closed: "Stengt nå",
    opens: (when: string) => `Stengt – åpner ${when}`,
    unknown: "Åpningstid ikke oppgitt",
    tomorrow: "i morgen",
    midnight: "midnatt",
  },
  en: {
    always: "Open round the clock",
    open: "Open now",
    until: (when: string) => `Open now – closes ${when}`,
    closed: "Closed now",
    opens: (when: string) => `Closed – opens ${when}`,
    unknown: "Opening hours not given",
    tomorrow: "tomorrow",
    midnight: "midnight",
  },
};

/** Whether somebody can be reached, and until or from when. Whether it is open is the server's to say. */
export function openness(
  agency: { readonly openNow?: boolean | null; readonly openingHours?: unknown; readonly opensAt?: string | null },
  language: Language,
  at: number,
): Openness {
  const t = WORDS[language];
  const hours = agency.openingHours as Hours | null | undefined;
  if (agency.openNow == null) return { tone: "unknown", text: t.unknown };
  if (agency.openNow) {
    if (hours == null) return { tone: "open", text: t.open };
    if (isAlways(hours)) return { tone: "open", text: t.always };
    const end = closes(hours, at);
    if (end === null) return { tone: "open", text: t.open };
    const time = end.time === MIDNIGHT ? t.midnight : end.time;
    // Until some hour of the night is still tonight.
    const tonight = end.days === 0 || (end.days === 1 && end.time <= "06:00");
    return { tone: "open", text: t.until(tonight ? time : `${weekdayName(weekdayOf(end.day), language)} ${time}`) };
  }
  if (agency.opensAt == null) return { tone: "closed", text: t.closed };
  const opensAt = Date.parse(agency.opensAt);
  const days = daysUntil(opensAt, at);
  const time = clock(opensAt, language);
  if (days <= 0) return { tone: "closed", text: t.opens(time) };
  if (days === 1) return { tone: "closed", text: t.opens(`${t.tomorrow} ${time}`) };
  const day =
    days < 7
      ? weekdayName(weekdayOf(local(opensAt).day), language)
      : new Intl.DateTimeFormat(LOCALES[language], { timeZone: ZONE, day: "numeric", month: "long" }).format(opensAt);
  return { tone: "closed", text: t.opens(`${day} ${time}`) };
}

export interface Row {
  readonly days: readonly Weekday[];
  readonly spans: readonly Span[];
}

/** The week as people write it: the small hours belong to the evening before, and days that are alike stand together. */
export function week(hours: Exclude<Hours, { always: true }>): readonly Row[] {
  const own = (day: Weekday) => hours[day] ?? [];
  const rows: { days: Weekday[]; spans: Span[] }[] = [];
  WEEK.forEach((day, index) => {
    const before = own(WEEK[(index + 6) % 7] ?? "sun");
    const after = own(WEEK[(index + 1) % 7] ?? "mon");
    const spans: Span[] = [];
    for (const [from, to] of own(day)) {
      const yesterdays = from === "00:00" && to <= "06:00" && before.some(([begin, end]) => end === MIDNIGHT && begin !== "00:00");
      if (yesterdays) continue;
      const tail = to === MIDNIGHT && from !== "00:00" ? after.find(([begin, end]) => begin === "00:00" && end <= "06:00") : undefined;
      spans.push([from, tail?.[1] ?? to]);
    }
    const last = rows.at(-1);
    if (last !== undefined && JSON.stringify(last.spans) === JSON.stringify(spans)) last.days.push(day);
    else rows.push({ days: [day], spans });
  });
  return rows;
}
