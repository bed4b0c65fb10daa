/**
 * Checks an identity number where it is typed, so that a slip is found while the youth is still there to ask. The server
 * checks again, by the same rules (`crates/workflow/src/identifier`). A number never leaves this page but in the referral.
 */
export type NumberKind = "fnr" | "d-number" | "h-number" | "fh-number" | "duf";

/** What is wrong, as a key of the catalogue's `numberFault`. */
type NumberFault = "length" | "digits" | "date" | "first" | "check" | "real" | "synthetic";

export const KINDS: readonly NumberKind[] = ["fnr", "d-number", "duf", "h-number", "fh-number"];

/** What is wrong with a number, or null. The instance is unknown while nobody has been able to ask. */
export function faultOf(kind: NumberKind, written: string, instance: "demo" | "production" | null): NumberFault | null {
  const compact = written.replace(/\s/g, "");
  if (/\D/.test(compact)) return "digits";
  const digits = Array.from(compact, Number);
  if (digits.length !== lengthOf(kind)) return "length";
  if (kind === "duf") return null;
  if (kind === "fh-number" ? (digits[0] ?? 0) < 8 : !hasDate(kind, digits)) return kind === "fh-number" ? "first" : "date";
  // The first check digit has had more room since 1 January 2032; the second keeps its rule.
  if (weighted([3, 7, 6, 1, 8, 9, 4, 5, 2, 1], digits) % 11 > 3) return "check";
  if (weighted([5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1], digits) % 11 !== 0) return "check";
  if (kind !== "fnr" && kind !== "d-number") return null;
  const series = offset(monthOf(digits));
  if (instance === "demo" && series !== 80) return "real";
  if (instance === "production" && series !== 0) return "synthetic";
  return null;
}

/** Whether a DUF number's check digits are off: a reason to look again, and none to turn a referral away. */
export function dufLooksWrong(written: string): boolean {
  const d = Array.from(written.replace(/\s/g, ""), Number);
  if (d.length !== 12) return false;
  const sum = weighted([4, 6, 3, 2, 7, 5, 4, 6, 3, 2], [...d.slice(4, 10), ...d.slice(0, 4)]);
  return sum % 11 !== 10 * (d[10] ?? 0) + (d[11] ?? 0);
}

export function lengthOf(kind: NumberKind): number {
  return kind === "duf" ? 12 : 11;
}

function monthOf(digits: readonly number[]): number {
  return 10 * (digits[2] ?? 0) + (digits[3] ?? 0);
}

/** What a series of test persons adds to the month: Tenor 80, others 65, NAV 40. */
function offset(month: number): number {
  return month > 80 ? 80 : month > 65 ? 65 : month > 40 ? 40 : 0;
}

function hasDate(kind: NumberKind, digits: readonly number[]): boolean {
  const [d1 = 0, d2 = 0, , , y1 = 0, y2 = 0] = digits;
  const day = 10 * d1 + d2 - (kind === "d-number" ? 40 : 0);
  const written = monthOf(digits);
  const month = written - (kind === "h-number" ? 40 : offset(written));
  // The century is open, and a year 00 may be 2000, which had a 29 February.
  const last = [31, (10 * y1 + y2) % 4 === 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return last !== undefined && day >= 1 && day <= last;
}

function weighted(weights: readonly number[], digits: readonly number[]): number {
  return weights.reduce((sum, weight, place) => sum + weight * (digits[place] ?? 0), 0);
}
