/** Corrects what is registered about the youth, with a reason. What stood before is kept, and those who received it are told. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type Schemas, api, must } from "../api/client";
import { words } from "../i18n";
import { correct as en } from "../i18n/en/correct";
import { correct as nb } from "../i18n/nb/correct";
import { addressProtection, identifierType, personFlag, residenceStatus } from "../i18n/codes";
import { capital, places, term, tongue } from "../i18n/terms";
import { Conflict, type Difference, Save, Select, TextField, Tick, Ticks, isStale, useSaving } from "../ui/form";
import { type Referral, read } from "./api";
import { text } from "./words";
import "./dialog.css";

const corrections = words(nb, en);

type PersonIn = Schemas["PersonIn"];
const LANGUAGES = ["nb", "nn", "ar", "da", "en", "es", "fa", "fr", "ku", "pl", "prs", "ps", "ro", "ru", "so", "sv", "ti", "tr", "uk", "ur", "vi"];

interface Written {
  readonly alias: string;
  readonly name: string;
  readonly age: string;
  readonly place: string;
  readonly language: string;
  readonly interpreter: boolean;
  readonly protection: string;
  readonly residence: string;
  readonly kind: string;
  readonly number: string;
  readonly flags: readonly string[];
}

function written(person: PersonIn): Written {
  return {
    alias: person.alias ?? "",
    name: person.name ?? "",
    age: person.estimatedAge == null ? "" : String(person.estimatedAge),
    place: person.whereabouts?.district ?? person.whereabouts?.municipality ?? "",
    language: person.language ?? "",
    interpreter: person.interpreter ?? false,
    protection: person.addressProtection ?? "none",
    residence: person.residenceStatus ?? "unknown",
    kind: person.identifier?.type ?? "fnr",
    number: person.identifier?.value ?? "",
    flags: person.flags ?? [],
  };
}

/** The youth, whole: what is left out is not known. */
function person(form: Written): PersonIn {
  const nothing = (typed: string) => (typed.trim() === "" ? null : typed.trim());
  const hidden = form.protection === "strictly-confidential" || form.place === "";
  return {
    alias: nothing(form.alias),
    name: nothing(form.name),
    estimatedAge: form.age.trim() === "" ? null : Number(form.age),
    whereabouts: hidden ? null : { municipality: form.place.slice(0, 4), district: form.place.length === 6 ? form.place : null },
    language: nothing(form.language),
    interpreter: form.interpreter,
    addressProtection: form.protection as NonNullable<PersonIn["addressProtection"]>,
    residenceStatus: form.residence as NonNullable<PersonIn["residenceStatus"]>,
    identifier: form.number.trim() === "" ? null : { type: form.kind, value: form.number.replace(/\s/g, "") },
    flags: form.flags as NonNullable<PersonIn["flags"]>,
  };
}

export default function CorrectDialog(props: { referral: Referral; onDone: (now: Referral) => void; onClose: () => void }) {
  const t = text();
  const c = corrections();
  const dialog = useRef<HTMLDialogElement>(null);
  const [basis, setBasis] = useState(props.referral);
  const [form, setForm] = useState(() => written(props.referral.person ?? {}));
  const [reason, setReason] = useState("");
  const [faster, setFaster] = useState<readonly Difference[] | null>(null);
  const saving = useSaving("correct");
  const { faults } = saving;
  useEffect(() => dialog.current?.showModal(), []);
  const set = (change: Partial<Written>) => setForm((before) => ({ ...before, ...change }));
  const submit = async (event: Event) => {
    event.preventDefault();
    const wrong = {
      ...(/^\s*(\d{1,3})?\s*$/.test(form.age) ? {} : { "correct-person-estimatedAge": c.badAge }),
      ...(reason.trim() === "" ? { "correct-reason": c.noReason } : {}),
    };
    const done = await saving.attempt(async () => {
      try {
        return await must(
          api.POST("/api/v1/referrals/{id}/person", {
            params: { path: { id: basis.reference }, header: { "If-Match": `"${String(basis.version)}"` } },
            body: { person: person(form), reason: reason.trim() },
          }),
        );
      } catch (error) {
        if (!isStale(error)) throw error;
        const now = await read(basis.reference);
        setFaster(differences(now.person ?? {}, form));
        setBasis(now);
        return null;
      }
    }, wrong);
    if (done !== null) props.onDone(done);
  };
  const options = (list: { readonly nb: Readonly<Record<string, string>>; readonly en: Readonly<Record<string, string>> }) =>
    Object.keys(list.nb).map((code) => [code, capital(term(list, code))] as const);
  const spoken = LANGUAGES.includes(form.language) || form.language === "" ? LANGUAGES : [form.language, ...LANGUAGES];
  const stays = places().some(([code]) => code === form.place) || form.place === "" ? places() : [[form.place, form.place] as const, ...places()];
  return (
    <dialog ref={dialog} class="ds-dialog action-dialog" aria-labelledby="correct-title" onClose={props.onClose}>
      <form onSubmit={submit} noValidate>
        <h2 id="correct-title" class="ds-heading" data-size="xs">
          {c.title} <span class="ref">{basis.reference}</span>
        </h2>
        <p class="subtle">{c.lead}</p>
        {faster === null ? null : <Conflict differences={faster} />}
        <div class="dialog-fields">
          <div class="pair">
            <TextField id="correct-person-alias" label={c.alias} optional value={form.alias} set={(alias) => set({ alias })} faults={faults} />
            <TextField id="correct-person-name" label={c.name} optional value={form.name} set={(name) => set({ name })} faults={faults} />
          </div>
          <div class="pair">
            <TextField id="correct-person-estimatedAge" label={c.age} optional numeric value={form.age} set={(age) => set({ age })} faults={faults} />
            <Select id="correct-person-whereabouts" label={t.stays} optional value={form.place} set={(place) => set({ place })} options={[["", c.unknown], ...stays]} faults={faults} />
          </div>
          <div class="pair">
            <Select id="correct-person-identifier-type" label={c.kind} value={form.kind} set={(kind) => set({ kind })} options={options(identifierType).filter(([code]) => code !== "none")} faults={faults} />
            <TextField id="correct-person-identifier-value" label={t.identifier} optional numeric value={form.number} set={(number) => set({ number })} faults={faults} />
          </div>
          <div class="pair">
            <Select id="correct-person-language" label={t.speaks} optional value={form.language} set={(language) => set({ language })} options={[["", c.unknown], ...spoken.map((code) => [code, tongue(code)] as const)]} faults={faults} />
            <Select id="correct-person-residenceStatus" label={c.residence} value={form.residence} set={(residence) => set({ residence })} options={options(residenceStatus)} faults={faults} />
          </div>
          <Tick id="correct-person-interpreter" label={c.interpreter} checked={form.interpreter} set={(interpreter) => set({ interpreter })} />
          <Select id="correct-person-addressProtection" label={c.protection} value={form.protection} set={(protection) => set({ protection })} options={options(addressProtection)} faults={faults} />
          <Ticks id="correct-person-flags" label={c.flags} options={options(personFlag)} chosen={form.flags} set={(flags) => set({ flags })} faults={faults} />
          <TextField id="correct-reason" label={c.reason} hint={c.reasonHint} rows={3} value={reason} set={setReason} faults={faults} />
        </div>
        <Save saving={saving} label={c.save} cancel={() => dialog.current?.close()} />
      </form>
    </dialog>
  );
}

/** What somebody else has registered meanwhile, beside what stands here. */
function differences(theirs: PersonIn, mine: Written): readonly Difference[] {
  const t = text();
  const now = written(theirs);
  const lines: readonly (readonly [string, string, string])[] = [
    [corrections().alias, now.alias, mine.alias],
    [corrections().name, now.name, mine.name],
    [corrections().age, now.age, mine.age],
    [t.identifier, now.number, mine.number],
  ];
  return lines.filter(([, one, other]) => one !== other).map(([label, one, other]) => ({ label, theirs: one, mine: other }));
}
