/** Words for codes: those of the engine's own lists, and names of places. */
import { language } from ".";

interface List {
  readonly nb: Readonly<Record<string, string>>;
  readonly en: Readonly<Record<string, string>>;
}

/** What people say for a code; the code itself when the server knows one that this page does not. */
export function term(list: List, code: string): string {
  return list[language.value][code] ?? code;
}

/** Sentence case: the lists are written as they stand inside a sentence. */
export function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

const DISTRICTS: Readonly<Record<string, string>> = {
  "030101": "Gamle Oslo",
  "030102": "Grünerløkka",
  "030103": "Sagene",
  "030104": "St. Hanshaugen",
  "030105": "Frogner",
  "030106": "Ullern",
  "030107": "Vestre Aker",
  "030108": "Nordre Aker",
  "030109": "Bjerke",
  "030110": "Grorud",
  "030111": "Stovner",
  "030112": "Alna",
  "030113": "Østensjø",
  "030114": "Nordstrand",
  "030115": "Søndre Nordstrand",
  "030116": "Sentrum",
  "030117": "Marka",
};

const MUNICIPALITIES: Readonly<Record<string, string>> = {
  "0301": "Oslo",
  "1103": "Stavanger",
  "3201": "Bærum",
  "3203": "Asker",
  "3205": "Lillestrøm",
  "3207": "Nordre Follo",
  "3222": "Lørenskog",
  "3301": "Drammen",
  "4601": "Bergen",
  "5001": "Trondheim",
};

/** Where somebody stays, as people say it; the number where we know no name. */
export function place(municipality: string | null | undefined, district: string | null | undefined): string | null {
  if (district != null && DISTRICTS[district] !== undefined) return `${DISTRICTS[district]}, Oslo`;
  if (municipality == null) return null;
  const unknown = language.value === "en" ? `municipality ${municipality}` : `kommune ${municipality}`;
  return MUNICIPALITIES[municipality] ?? unknown;
}

/** The name of a language by its code. */
export function tongue(code: string): string {
  try {
    return new Intl.DisplayNames([language.value], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** Where somebody may stay, for a list to choose from: Oslo's districts, then municipalities. */
export function places(): readonly (readonly [code: string, name: string])[] {
  const by = ([, one]: readonly [string, string], [, other]: readonly [string, string]) => one.localeCompare(other, "nb");
  const districts = Object.entries(DISTRICTS).map(([code, name]) => [code, `${name}, Oslo`] as const);
  return [...districts.toSorted(by), ...Object.entries(MUNICIPALITIES).toSorted(by)];
}
