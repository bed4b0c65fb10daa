import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { me } from "../../api/session";
import { Alert } from "../../ui/Alert";
import { Conflict, type Difference, Save, Select, TextField, Tick, isStale, useSaving } from "../../ui/form";
import type { Loaded } from "../../ui/load";
import { isKind } from "../directory/filter";
import { type Agency, AgencySetup } from "./Agency";
import { LANGUAGES, kinds } from "./CreateAgency";
import { numbersIn, placesIn } from "./served";
import { text } from "./words";

export default function Facts() {
  return <AgencySetup tab="facts">{(agency) => <FactsForm key={agency.data.id} agency={agency} />}</AgencySetup>;
}

type Change = Schemas["AgencyChange"];

const FIELDS = ["name", "kind", "municipality", "district", "alsoServes", "orgnr", "phone", "language", "publicTasks", "active"] as const;
type Field = (typeof FIELDS)[number];
type Form = Record<Exclude<Field, "publicTasks" | "active">, string> & { readonly publicTasks: boolean; readonly active: boolean };

function formOf(agency: Agency): Form {
  return {
    name: agency.name,
    kind: agency.kind,
    municipality: agency.municipality ?? "",
    district: agency.district ?? "",
    alsoServes: agency.alsoServes.join(" "),
    orgnr: agency.orgnr ?? "",
    phone: agency.phone ?? "",
    language: agency.language,
    publicTasks: agency.publicTasks,
    active: agency.active,
  };
}

/** What differs from what was read, as a merge patch. */
function changes(form: Form, base: Form): Change {
  const patch: Record<string, unknown> = {};
  for (const field of FIELDS) {
    const mine = form[field];
    if (mine === base[field]) continue;
    if (field === "alsoServes") patch[field] = numbersIn(form.alsoServes);
    else patch[field] = typeof mine === "string" ? (mine.trim() === "" ? null : mine.trim()) : mine;
  }
  return patch;
}

function FactsForm({ agency }: { agency: Loaded<Agency> & { readonly data: Agency } }) {
  const t = text();
  const f = t.facts;
  const saving = useSaving("agency");
  const [base, setBase] = useState(agency.data);
  const [form, setForm] = useState(() => formOf(agency.data));
  const [saved, setSaved] = useState(false);
  const [conflict, setConflict] = useState<readonly Difference[] | null>(null);
  const everywhere = me.value?.roles.includes("system-admin") === true;
  const put = (changed: Partial<Form>) => {
    setForm({ ...form, ...changed });
    setSaved(false);
  };
  const save = async () => {
    const body = changes(form, formOf(base));
    if (Object.keys(body).length === 0) return base;
    const params = { path: { agency: base.slug }, header: { "If-Match": `"${String(base.version)}"` } };
    return must(api.PATCH("/api/v1/agencies/{agency}", { params, body }));
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    setSaved(false);
    setConflict(null);
    const after = await saving.attempt(async () => {
      try {
        return await save();
      } catch (refused) {
        if (!isStale(refused)) throw refused;
        const newest = await must(api.GET("/api/v1/agencies/{agency}", { params: { path: { agency: base.slug } } }));
        setConflict(differences(newest));
        // What I have not touched becomes theirs; what I have, stays mine.
        const before = formOf(base);
        const theirs = formOf(newest);
        setForm(Object.fromEntries(FIELDS.map((field) => [field, form[field] === before[field] ? theirs[field] : form[field]])) as Form);
        setBase(newest);
        return null;
      }
    });
    if (after === null) return;
    setBase(after);
    setForm(formOf(after));
    agency.set(after);
    setSaved(true);
  };
  const differences = (newest: Agency): Difference[] => {
    const before = formOf(base);
    const theirs = formOf(newest);
    const words = (value: string | boolean) => (typeof value === "boolean" ? (value ? f.yes : f.no) : value);
    return FIELDS.filter((field) => theirs[field] !== before[field] && form[field] !== theirs[field]).map((field) => ({
      label: f[field],
      theirs: words(theirs[field]),
      mine: words(form[field]),
    }));
  };
  const faults = saving.faults;
  return (
    <form class="card stack" onSubmit={submit} noValidate>
      <div class="pair">
        <TextField id="agency-name" label={f.name} value={form.name} set={(name) => put({ name })} faults={faults} />
        <Select id="agency-kind" label={f.kind} value={form.kind} set={(kind) => isKind(kind) && put({ kind })} options={kinds()} faults={faults} />
      </div>
      <div class="pair">
        <TextField id="agency-phone" label={f.phone} optional type="tel" value={form.phone} set={(phone) => put({ phone })} faults={faults} />
        <TextField id="agency-orgnr" label={f.orgnr} hint={f.orgnrHint} optional numeric value={form.orgnr} set={(orgnr) => put({ orgnr })} faults={faults} />
      </div>
      <div class="pair">
        <TextField id="agency-municipality" label={f.municipality} hint={f.municipalityHint} optional numeric value={form.municipality} set={(municipality) => put({ municipality })} faults={faults} />
        <TextField id="agency-district" label={f.district} hint={f.districtHint} optional numeric value={form.district} set={(district) => put({ district })} faults={faults} />
      </div>
      <div>
        <TextField id="agency-alsoServes" label={f.alsoServes} hint={f.alsoServesHint} optional value={form.alsoServes} set={(alsoServes) => put({ alsoServes })} faults={faults} />
        <p class="hint" role="status">
          {placesIn(form.alsoServes)}
        </p>
      </div>
      <Select id="agency-language" label={f.language} value={form.language} set={(language) => put({ language })} options={LANGUAGES} faults={faults} />
      {everywhere ? (
        <Tick id="agency-publicTasks" label={f.publicTasks} checked={form.publicTasks} set={(publicTasks) => put({ publicTasks })} />
      ) : null}
      <div>
        <Tick id="agency-active" label={f.active} checked={form.active} set={(active) => put({ active })} />
        <p class="hint">{f.activeHint}</p>
      </div>
      {conflict === null ? null : <Conflict differences={conflict} />}
      {saved ? (
        <Alert color="success" live>
          {t.saved}
        </Alert>
      ) : null}
      <Save saving={saving} />
    </form>
  );
}
