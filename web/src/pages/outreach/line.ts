/** A line of a tally in a form, where every field is text, and back. Pure. */
import type { Schemas } from "../../api/client";
import type { Faults } from "../../ui/form";
import type { Fields } from "../../ui/kept";

export type Contact = Schemas["OutreachContact"];
type Tally = Schemas["OutreachTally"];

export interface LineForm extends Fields {
  readonly persons: string;
  readonly acquaintance: Tally["acquaintance"];
  readonly age: Tally["age"];
  readonly sex: Tally["sex"];
  readonly arena: string;
  /** Codes, with a blank between them. */
  readonly needs: string;
  readonly outcome: Tally["outcome"];
  readonly clients: string;
  readonly missing: string;
  /** `yes`, or nothing for a line that was taken back. */
  readonly counts: string;
}

export const needsIn = (written: string) => written.split(" ").filter((code) => code !== "") as NonNullable<Tally["needs"]>;

export function formOf(line: Contact): LineForm {
  const { acquaintance, age, sex, outcome } = line;
  return {
    persons: String(line.persons),
    acquaintance,
    age,
    sex,
    arena: line.arena.id,
    needs: line.needs.toSorted().join(" "),
    outcome,
    clients: String(line.clients),
    missing: String(line.missing),
    counts: line.withdrawnAt == null ? "yes" : "",
  };
}

/** What is sent of it. A referral stays with a line that still says that somebody was referred. */
export function tallyOf(form: LineForm, referral: string | null | undefined): Tally {
  const { arena, acquaintance, age, sex, outcome } = form;
  return {
    arena,
    acquaintance,
    age,
    sex,
    outcome,
    persons: Number(form.persons),
    needs: needsIn(form.needs),
    clients: Number(form.clients),
    missing: Number(form.missing),
    ...(referral != null && outcome === "referred" ? { referral } : {}),
  };
}

const MOST = 500;

/** What can be said to be wrong without asking the server, in these words. */
export function wrongIn(form: LineForm, words: { readonly needPersons: string; readonly atMost: (persons: number) => string }): Faults {
  const found: Record<string, string> = {};
  const number = (written: string) => (/^\d{1,4}$/.test(written.trim()) ? Number(written) : null);
  const persons = number(form.persons);
  if (persons === null || persons < 1 || persons > MOST) found["line-tally-persons"] = words.needPersons;
  const most = found["line-tally-persons"] === undefined && persons !== null ? persons : MOST;
  for (const field of ["clients", "missing"] as const) {
    const count = form[field].trim() === "" ? 0 : number(form[field]);
    if (count === null || count > most) found[`line-tally-${field}`] = words.atMost(most);
  }
  return found;
}
