/** Places that an agency serves beside its own, as numbers in one field. */
import { place } from "../../i18n/terms";

/** As somebody writes them, with spaces or commas between. */
export function numbersIn(written: string): readonly string[] {
  return written.split(/[\s,;]+/).filter((part) => part !== "");
}

/** The names of those that we know, so that a slip of the finger shows. */
export function placesIn(written: string): string {
  return numbersIn(written)
    .map((number) => (number.length === 6 ? place(null, number) : place(number, null)) ?? number)
    .join(" · ");
}
