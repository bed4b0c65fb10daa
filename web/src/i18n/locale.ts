import type { Language } from ".";

/** The tags for dates and numbers. English in Norway still means a 24-hour clock and the day before the month. */
export const LOCALES: Readonly<Record<Language, string>> = { nb: "nb-NO", en: "en-GB" };
