/** Between Norway's clock and the world's. Forms ask for days and hours in Oslo, wherever the machine is. */

const DAY = 86_400_000;

const parts = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/Oslo",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

/** The clock in Oslo, as if it were one of UTC. */
function wall(at: number): number {
  const part = Object.fromEntries(parts.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day ?? 1, part.hour, part.minute, part.second);
}

/** The day in Oslo, `2026-11-24`. */
export function localDay(at: number): string {
  return new Date(wall(at)).toISOString().slice(0, 10);
}

/** `2026-11-24T14:05`, as a field for date and time has it. */
export function localMinute(at: number): string {
  return new Date(wall(at)).toISOString().slice(0, 16);
}

/** When it is `time` on `day` in Oslo. An hour that summer time leaves out is the one after it. */
export function inOslo(day: string, time = "00:00"): number {
  const wanted = Date.parse(`${day}T${time}:00Z`);
  const first = wanted - (wall(wanted) - wanted);
  const second = wanted - (wall(first) - first);
  return wall(second) < wanted ? first : second;
}

/** So many days on. */
export function plusDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** The last day of the month that is so many months after the day's own. */
export function lastOfMonth(day: string, after = 0): string {
  const [year = 0, month = 1] = day.split("-").map(Number);
  return new Date(Date.UTC(year, month + after, 0)).toISOString().slice(0, 10);
}

/** How many days from one to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY);
}

/** Whether it is a day of the calendar, written as a field for dates has it. */
export function isDay(written: string): boolean {
  const at = Date.parse(`${written}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(written) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(written);
}
