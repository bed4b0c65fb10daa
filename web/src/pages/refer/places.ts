/** Oslo's districts by their register numbers. The areas without a district service of their own stand last. */
export const OSLO = "0301";
export const DISTRICTS: readonly (readonly [string, string])[] = [
  ["030101", "Gamle Oslo"],
  ["030102", "Grünerløkka"],
  ["030103", "Sagene"],
  ["030104", "St. Hanshaugen"],
  ["030105", "Frogner"],
  ["030106", "Ullern"],
  ["030107", "Vestre Aker"],
  ["030108", "Nordre Aker"],
  ["030109", "Bjerke"],
  ["030110", "Grorud"],
  ["030111", "Stovner"],
  ["030112", "Alna"],
  ["030113", "Østensjø"],
  ["030114", "Nordstrand"],
  ["030115", "Søndre Nordstrand"],
  ["030116", "Sentrum"],
  ["030117", "Marka"],
];
/** Where outreach meets most of them. */
export const CENTRE = "030116";

export function nameOf(place: string): string | undefined {
  return DISTRICTS.find(([code]) => code === place)?.[1];
}
