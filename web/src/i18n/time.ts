/** Times in words. Norway's clock, wherever the machine is: limits run by it. */
import { signal } from "@preact/signals";
import type { Language } from ".";
import { LOCALES } from "./locale";
import { localDay } from "./zone";

const ZONE = "Europe/Oslo";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The time now, often enough for limits in minutes. Whoever reads it while rendering is rendered anew. */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 15_000);

const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: Language, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${name}`;
  let found = formats.get(key);
  if (found === undefined) {
    found = new Intl.DateTimeFormat(LOCALES[language], { timeZone: ZONE, ...options });
    formats.set(key, found);
  }
  return found;
}

/** `14:05` */
export function clock(at: number, language: Language): string {
  return format(language, "clock", { hour: "2-digit", minute: "2-digit", hour12: false }).format(at).replace(".", ":");
}

/** `tor. 26. nov.`; with the year when it is another. */
export function day(at: number, language: Language, today: number): string {
  const other = year(at) !== year(today);
  return other
    ? format(language, "year", { day: "numeric", month: "short", year: "numeric" }).format(at)
    : format(language, "day", { weekday: "short", day: "numeric", month: "short" }).format(at);
}

/** `i dag 14:05`, `i går 09:00`, `tor. 26. nov. 14:05` */
export function moment(at: number, language: Language, today: number): string {
  const names: Record<number, [string, string]> = { 0: ["i dag", "today"], 1: ["i morgen", "tomorrow"], [-1]: ["i går", "yesterday"] };
  const name = names[dayNumber(at) - dayNumber(today)]?.[language === "en" ? 1 : 0];
  return `${name ?? day(at, language, today)} ${clock(at, language)}`;
}

function year(at: number): string {
  return localDay(at).slice(0, 4);
}

/** Which day it is in Norway, counted from somewhere. */
function dayNumber(at: number): number {
  return Date.parse(localDay(at)) / DAY;
}

type Tone = "over" | "soon" | "calm";

export interface Deadline {
  readonly tone: Tone;
  /** `om 25 min`, `i dag 14:00`, `2 døgn over fristen` */
  readonly text: string;
  /** The whole of it: `Frist tor. 26. nov. 14:00` */
  readonly full: string;
}

/** A limit in plain words. `warnAt` is when the clock itself warns; without it, a day before. */
export function deadline(dueAt: string, language: Language, at: number, warnAt?: string): Deadline {
  const due = Date.parse(dueAt);
  const left = due - at;
  const nb = language === "nb";
  const full = `${nb ? "Frist" : "Due"} ${moment(due, language, at)}`;
  // The end of the millisecond in which it is due still counts.
  if (left < 0) return { tone: "over", text: `${span(-left, nb)} ${nb ? "over fristen" : "overdue"}`, full };
  const warned = warnAt === undefined ? left < DAY : at >= Date.parse(warnAt) || left < HOUR;
  return { tone: warned ? "soon" : "calm", text: until(due, left, language, at), full };
}

function until(due: number, left: number, language: Language, at: number): string {
  const nb = language === "nb";
  if (left < 6 * HOUR) return `${nb ? "om" : "in"} ${span(left, nb)}`;
  const days = dayNumber(due) - dayNumber(at);
  const time = clock(due, language);
  // A limit in days runs to the end of the day: the minute before midnight tells nobody anything.
  const hour = time === "23:59" ? "" : ` ${time}`;
  if (days === 0) return `${nb ? "i dag" : "today"}${hour}`;
  if (days === 1) return `${nb ? "i morgen" : "tomorrow"}${hour}`;
  return day(due, language, at);
}

/** `25 min`, `3 t`, `2 døgn` */
export function span(length: number, nb: boolean): string {
  if (length < HOUR) return `${String(Math.max(1, Math.floor(length / MINUTE)))} min`;
  if (length < 2 * DAY) return `${String(Math.floor(length / HOUR))} ${nb ? "t" : "h"}`;
  const days = Math.floor(length / DAY);
  return nb ? `${String(days)} døgn` : `${String(days)} days`;
}
