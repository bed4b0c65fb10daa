/** What is kept under a version: read, changed on what was seen, met with what others changed, taken back. */
import { useState } from "preact/hooks";
import { must } from "../api/client";
import { type Difference, type Faults, type Saving, isStale, useSaving } from "./form";

/** What a form holds, by field. Every value is text, so that any two can be compared. */
export type Fields = Readonly<Record<string, string>>;

/** What was read, and on which version. */
export interface Seen<F extends Fields> {
  readonly form: F;
  readonly version: number;
}

/** The data of an answer with the version in its `ETag`. */
export async function versioned<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<{ data: T; version: number }> {
  const told = await answer;
  const data = await must(Promise.resolve(told));
  return { data, version: Number(told.response.headers.get("etag")?.replaceAll('"', "")) };
}

export interface Kept<F extends Fields> {
  readonly form: F;
  readonly put: (changed: Partial<F>) => void;
  readonly saving: Saving;
  readonly dirty: boolean;
  /** What was saved or taken back just now. */
  readonly told: "saved" | "undone" | null;
  readonly conflict: readonly Difference[] | null;
  readonly submit: (event: Event) => Promise<void>;
  readonly undo: (() => Promise<void>) | null;
}

export interface Keeping<F extends Fields> {
  readonly first: Seen<F>;
  /** What the ids of the fields begin with. */
  readonly prefix: string;
  readonly read: () => Promise<Seen<F>>;
  readonly write: (form: F, version: number) => Promise<Seen<F>>;
  /** A field and its value in words, for whoever meets another's change. */
  readonly words: (field: keyof F & string, value: string) => { readonly label: string; readonly value: string };
  /** What is wrong before anybody is asked. */
  readonly wrong?: (form: F) => Faults;
}

export function useKept<F extends Fields>(keeping: Keeping<F>): Kept<F> {
  const saving = useSaving(keeping.prefix);
  const [base, setBase] = useState(keeping.first);
  const [form, setForm] = useState(keeping.first.form);
  const [before, setBefore] = useState<F | null>(null);
  const [told, setTold] = useState<Kept<F>["told"]>(null);
  const [conflict, setConflict] = useState<readonly Difference[] | null>(null);
  const fields = Object.keys(form) as (keyof F & string)[];
  const put = (changed: Partial<F>) => {
    setForm((now) => ({ ...now, ...changed }));
    setTold(null);
  };

  /** Theirs where I have touched nothing; where I have, mine stays and theirs is told. */
  const meet = async (mine: F) => {
    const newest = await keeping.read();
    const touched = (field: keyof F) => mine[field] !== base.form[field];
    const clash = fields.filter((field) => newest.form[field] !== base.form[field] && newest.form[field] !== mine[field] && touched(field));
    setConflict(
      clash.map((field) => {
        const theirs = keeping.words(field, newest.form[field] ?? "");
        return { label: theirs.label, theirs: theirs.value, mine: keeping.words(field, mine[field] ?? "").value };
      }),
    );
    setForm(Object.fromEntries(fields.map((field) => [field, touched(field) ? mine[field] : newest.form[field]])) as unknown as F);
    setBase(newest);
    return null;
  };

  const store = async (wanted: F, wrong: Faults) => {
    setTold(null);
    setConflict(null);
    return saving.attempt(
      () =>
        keeping.write(wanted, base.version).catch((refused: unknown) => {
          if (!isStale(refused)) throw refused;
          return meet(wanted);
        }),
      wrong,
    );
  };
  const take = (after: Seen<F>) => {
    setBase(after);
    setForm(after.form);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const was = base.form;
    const after = await store(form, keeping.wrong?.(form) ?? {});
    if (after === null) return;
    take(after);
    setBefore(fields.some((field) => was[field] !== after.form[field]) ? was : null);
    setTold("saved");
  };
  const undo = async () => {
    if (before === null) return;
    const after = await store(before, {});
    setBefore(null);
    if (after === null) return;
    take(after);
    setTold("undone");
  };
  const dirty = fields.some((field) => form[field] !== base.form[field]);
  return { form, put, saving, dirty, told, conflict, submit, undo: before === null || told !== "saved" ? null : undo };
}
