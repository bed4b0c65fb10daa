/** The codes of a tally, as people choose among them. */
import { capital, term } from "../../i18n/terms";
import type { Alike } from "./tally";

/** In the order of life: as names in a program "15" would come before all others. */
export const AGES: readonly Alike["age"][] = ["0-11", "12-14", "15", "16-17", "18-22", "23-25", "over-25", "unknown"];

/** All of a list, each with its word. */
export function options<L extends { nb: Record<string, string>; en: Record<string, string> }>(list: L): (readonly [code: keyof L["nb"] & string, title: string])[] {
  return Object.keys(list.nb).map((code) => [code, capital(term(list, code))] as const);
}
