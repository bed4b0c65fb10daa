/** Opening hours as people type them, `8-15.30`, and as the API has them. */
import { MIDNIGHT, type Hours, type Span, WEEK, type Weekday, isAlways } from "../directory/hours";
import { plusDays } from "../../i18n/zone";

export type Slot = Weekday | "holidays";
export const SLOTS: readonly Slot[] = [...WEEK, "holidays"];

/** What the form holds: whether the hours are known, each day as typed, single dates, and who stands in. */
export type Typed = Readonly<Record<Slot, string>> & {
  readonly mode: Mode;
  /** Single dates in their order, one `2026-12-24=08:00–12:00` a line; nothing after `=` is closed. */
  readonly dates: string;
  readonly outOfHours: string;
};

export type Mode = "unknown" | "always" | "hours";

/** `8`, `08`, `8.30`, `08:30`, `0830`. Null when it is no time of a day. */
function time(typed: string): string | null {
  const found = /^(\d{1,2})(?:[.:]?(\d{2}))?$/.exec(typed);
  if (found === null) return null;
  const [hours, minutes] = [Number(found[1]), Number(found[2] ?? 0)];
  if (hours > 24 || minutes > 59 || (hours === 24 && minutes > 0)) return null;
  return `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
}

/**
 * The spans that somebody has typed; none is closed. Null when they cannot be read. One that ends before it begins runs over
 * midnight.
 */
export function read(typed: string): readonly Span[] | null {
  const written = typed.trim().toLowerCase();
  if (written === "" || written === "-" || written === "–" || /^(stengt|closed)$/.test(written)) return [];
  const spans: Span[] = [];
  for (const part of written.split(/\s*(?:,|;|\bog\b|\band\b|&)\s*/)) {
    const ends = part.replace(/^(kl\.?|at)\s*/, "").split(/\s*(?:-|–|—|\btil\b|\bto\b)\s*/);
    const [from, to] = [time(ends[0] ?? ""), time(ends[1] ?? "")];
    if (ends.length !== 2 || from === null || to === null || from === to || from === MIDNIGHT) return null;
    spans.push([from, to === "00:00" ? MIDNIGHT : to]);
  }
  return spans.toSorted(([one], [other]) => one.localeCompare(other));
}

/** `08:00–15:30, 17:00–19:00` */
export function write(spans: readonly Span[]): string {
  return spans.map(([from, to]) => `${from}–${to === MIDNIGHT ? "24:00" : to}`).join(", ");
}

const isOver = ([from, to]: Span) => to <= from;

/** The week for the API. What runs over midnight is cut there, for the API's days end at midnight. */
export function toHours(typed: Typed): Hours | null {
  if (typed.mode === "unknown") return null;
  if (typed.mode === "always") return { always: true };
  const days: Partial<Record<Slot, Span[]>> = {};
  const add = (slot: Slot, span: Span) => (days[slot] = [...(days[slot] ?? []), span].toSorted(([one], [other]) => one.localeCompare(other)));
  for (const slot of SLOTS) {
    for (const span of read(typed[slot]) ?? []) {
      if (slot === "holidays" || !isOver(span)) {
        add(slot, span);
        continue;
      }
      add(slot, [span[0], MIDNIGHT]);
      add(WEEK[(WEEK.indexOf(slot) + 1) % 7] ?? "mon", ["00:00", span[1]]);
    }
  }
  const dates = datesOf(typed.dates);
  return { ...days, ...(dates.size === 0 ? {} : { dates: Object.fromEntries(dates) }) };
}

/** What stands in the fields for hours that the API has. The small hours belong to the evening before. */
export function toTyped(hours: Hours | null, outOfHours: string): Typed {
  const closed = Object.fromEntries(SLOTS.map((slot) => [slot, ""])) as Record<Slot, string>;
  if (hours === null) return { ...closed, mode: "unknown", dates: "", outOfHours };
  if (isAlways(hours)) return { ...closed, mode: "always", dates: "", outOfHours };
  const own = (day: Weekday) => hours[day] ?? [];
  const ofYesterday = (day: Weekday, [from, to]: Span) => {
    const before = own(WEEK[(WEEK.indexOf(day) + 6) % 7] ?? "sun");
    return from === "00:00" && to <= "06:00" && before.some(([begin, end]) => end === MIDNIGHT && begin !== "00:00");
  };
  for (const [index, day] of WEEK.entries()) {
    const next = WEEK[(index + 1) % 7] ?? "mon";
    const spans = own(day)
      .filter((span) => !ofYesterday(day, span))
      .map((span): Span => {
        const tail = span[1] === MIDNIGHT ? own(next).find((small) => ofYesterday(next, small) && span[0] !== "00:00") : undefined;
        return [span[0], tail?.[1] ?? span[1]];
      });
    closed[day] = write(spans);
  }
  closed.holidays = write(hours.holidays ?? []);
  const dates = Object.entries(hours.dates ?? {}).map(([date, spans]) => [date, spans] as const);
  return { ...closed, mode: "hours", dates: writeDates(new Map(dates)), outOfHours };
}

export type Dates = ReadonlyMap<string, readonly Span[]>;

export function datesOf(written: string): Dates {
  const lines = written.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const [date = "", spans = ""] = line.split("=");
      return [date, read(spans) ?? []] as const;
    }),
  );
}

export function writeDates(dates: Dates): string {
  return [...dates]
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([date, spans]) => `${date}=${write(spans)}`)
    .join("\n");
}

/** Days after one another that are alike, as one. */
interface Stretch {
  readonly from: string;
  readonly to: string;
  readonly spans: readonly Span[];
}

export function stretches(dates: Dates): readonly Stretch[] {
  const found: Stretch[] = [];
  for (const [date, spans] of [...dates].toSorted(([one], [other]) => one.localeCompare(other))) {
    const last = found.at(-1);
    if (last !== undefined && plusDays(last.to, 1) === date && write(last.spans) === write(spans)) found[found.length - 1] = { ...last, to: date };
    else found.push({ from: date, to: date, spans });
  }
  return found;
}

/** How many minutes a week it is open, holidays aside. */
export function minutes(hours: Exclude<Hours, { always: true }>): number {
  const at = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
  return WEEK.flatMap((day) => hours[day] ?? []).reduce((sum, [from, to]) => sum + at(to) - at(from), 0);
}
