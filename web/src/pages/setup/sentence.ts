/** What a calendar says, as one would tell it to somebody on the telephone. */
import { language, locale } from "../../i18n";
import { MIDNIGHT, type Hours, type Span, type Weekday, WEEK, isAlways, week, weekdayName } from "../directory/hours";
import { datesOf, minutes, stretches, write } from "./week";
import { text } from "./words";

export function sentence(hours: Hours | null): string {
  const t = text().hours.say;
  if (hours === null) return t.unknown;
  if (isAlways(hours)) return t.always;
  const rows = week(hours);
  const open = rows.filter(({ spans }) => spans.length > 0).map(({ days, spans }) => `${dayNames(days)} ${clock(spans)}`);
  const closed = rows.filter(({ spans }) => spans.length === 0).flatMap(({ days }) => days);
  const holidays = hours.holidays ?? [];
  const said: string[] = [];
  if (open.length === 0) said.push(t.never);
  else said.push(t.open(open.join("; "), new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(minutes(hours) / 60)));
  const alsoClosed = [...(open.length === 0 ? [] : runs(closed).flatMap(apart)), ...(holidays.length === 0 ? [t.holidays] : [])];
  if (alsoClosed.length > 0) said.push(t.closed(new Intl.ListFormat(locale(), { type: "conjunction" }).format(alsoClosed)));
  if (holidays.length > 0) said.push(t.openHolidays(clock(holidays)));
  return said.join(" ");
}

/** `24. des.`, `28.–29. desember`: days as one says them. */
function stretch(from: string, to: string): string {
  const format = new Intl.DateTimeFormat(locale(), { timeZone: "UTC", weekday: from === to ? "long" : undefined, day: "numeric", month: "long", year: "numeric" });
  return format.formatRange(new Date(from), new Date(to));
}

/** What single dates say, one sentence for each stretch of them. */
export function exceptions(dates: string): readonly { readonly from: string; readonly to: string; readonly days: string; readonly what: string }[] {
  const t = text().hours;
  return stretches(datesOf(dates)).map(({ from, to, spans }) => ({ from, to, days: stretch(from, to), what: spans.length === 0 ? t.closed : clock(spans) }));
}

function clock(spans: readonly Span[]): string {
  const t = text().hours.say;
  if (spans.length === 1 && spans[0]?.[0] === "00:00" && spans[0][1] === MIDNIGHT) return t.allDay;
  return write(spans);
}

/** Days after one another. */
function runs(days: readonly Weekday[]): readonly (readonly Weekday[])[] {
  const found: Weekday[][] = [];
  for (const day of days) {
    const last = found.at(-1)?.at(-1);
    if (last !== undefined && WEEK.indexOf(last) + 1 === WEEK.indexOf(day)) found.at(-1)?.push(day);
    else found.push([day]);
  }
  return found;
}

/** Days that stand in a list with others: two are two, more are a stretch. */
function apart(days: readonly Weekday[]): readonly string[] {
  return days.length < 3 ? days.map((day) => weekdayName(day, language.value)) : [dayNames(days)];
}

function dayNames(days: readonly Weekday[]): string {
  const names = days.map((day) => weekdayName(day, language.value));
  if (names.length < 3) return new Intl.ListFormat(locale(), { type: "conjunction" }).format(names);
  return `${names[0] ?? ""}–${names.at(-1) ?? ""}`;
}
