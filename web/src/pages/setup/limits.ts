/** Limits of agreements, between how the API writes them (`5 working days`) and the fields of a form. Pure. */
import { agreementLimit, urgency } from "../../i18n/codes";

export const PURPOSES = Object.keys(agreementLimit.nb);
export const URGENCIES = Object.keys(urgency.nb);
export const UNITS = ["hour", "opening hour", "working day", "day", "week", "month"] as const;
export type Unit = (typeof UNITS)[number];

/** As it is typed: nothing, or a number and its unit. */
export interface Typed {
  readonly count: string;
  readonly unit: Unit;
}

export type Limits = Readonly<Record<string, Readonly<Record<string, string>>>>;
/** By `purpose/urgency`. */
export type Fields = Readonly<Record<string, Typed>>;

export function keyOf(purpose: string, urgency: string): string {
  return `${purpose}/${urgency}`;
}

/** The unit in which most people mean a limit of this urgency. */
export function usualUnit(urgency: string): Unit {
  return urgency === "routine" ? "working day" : "hour";
}

export function readLimit(written: string): { readonly count: number; readonly unit: Unit } | null {
  const found = /^(\d+) (.+?)s?$/.exec(written);
  const unit = UNITS.find((one) => one === found?.[2]);
  return found === null || unit === undefined ? null : { count: Number(found[1]), unit };
}

export function writeLimit(count: number, unit: Unit): string {
  return `${String(count)} ${unit}${count === 1 ? "" : "s"}`;
}

/** Every field, with what `limits` says in it. */
export function toFields(limits: Limits): Fields {
  return Object.fromEntries(
    PURPOSES.flatMap((purpose) =>
      URGENCIES.map((urgency) => {
        const limit = readLimit(limits[purpose]?.[urgency] ?? "");
        return [keyOf(purpose, urgency), { count: limit === null ? "" : String(limit.count), unit: limit?.unit ?? usualUnit(urgency) }] as const;
      }),
    ),
  );
}

/** What was typed, and which fields hold no whole number. */
export function fromFields(fields: Fields): { readonly limits: Limits; readonly wrong: readonly string[] } {
  const limits: Record<string, Record<string, string>> = {};
  const wrong: string[] = [];
  for (const [key, { count, unit }] of Object.entries(fields)) {
    const typed = count.trim();
    if (typed === "") continue;
    if (!/^[1-9]\d{0,3}$/.test(typed)) {
      wrong.push(key);
      continue;
    }
    const [purpose = "", urgency = ""] = key.split("/");
    (limits[purpose] ??= {})[urgency] = writeLimit(Number(typed), unit);
  }
  return { limits, wrong };
}
