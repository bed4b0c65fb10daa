import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { agencyKind } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { Save, Select, TextField, Tick, useSaving } from "../../ui/form";
import { type Kind, isKind } from "../directory/filter";
import { numbersIn, placesIn } from "./served";
import { text } from "./words";

type Agency = Schemas["AgencyEntry"];

/** Kinds by their words. */
export function kinds(): readonly (readonly [Kind, string])[] {
  return Object.keys(agencyKind.nb)
    .filter(isKind)
    .map((code) => [code, capital(term(agencyKind, code))] as const)
    .sort(([, one], [, other]) => one.localeCompare(other, "nb"));
}

export const LANGUAGES = [
  ["nb", "Bokmål"],
  ["en", "English"],
] as const;

/** A new agency, or a new unit of one. */
export function CreateAgency(props: {
  parents: readonly Agency[];
  everywhere: boolean;
  done: (agency: Agency) => void;
  cancel: () => void;
}) {
  const t = text();
  const saving = useSaving("new-agency");
  const [name, setName] = useState("");
  const [slug, setSlug] = useState("");
  const [kind, setKind] = useState<Kind>("district");
  const [parent, setParent] = useState(props.everywhere ? "" : (props.parents[0]?.slug ?? ""));
  const [municipality, setMunicipality] = useState("0301");
  const [district, setDistrict] = useState("");
  const [alsoServes, setAlsoServes] = useState("");
  const [publicTasks, setPublicTasks] = useState(false);
  const given = (value: string) => (value.trim() === "" ? null : value.trim());
  const submit = async (event: Event) => {
    event.preventDefault();
    const body = {
      name: name.trim(),
      slug: slug.trim(),
      kind,
      parent: given(parent),
      municipality: given(municipality),
      district: given(district),
      alsoServes: [...numbersIn(alsoServes)],
      publicTasks,
    };
    const created = await saving.attempt(() => must(api.POST("/api/v1/agencies", { body })));
    if (created !== null) props.done(created);
  };
  const faults = saving.faults;
  const parents = props.parents.filter((agency) => agency.parent == null).map(({ slug, name }) => [slug, name] as const);
  return (
    <form class="card stack" onSubmit={submit} noValidate aria-labelledby="new-agency">
      <h2 id="new-agency" class="ds-heading" data-size="2xs">
        {t.create.title}
      </h2>
      <div class="pair">
        <TextField id="new-agency-name" label={t.facts.name} value={name} set={setName} faults={faults} />
        <TextField id="new-agency-slug" label={t.create.slug} hint={t.create.slugHint} value={slug} set={setSlug} faults={faults} />
      </div>
      <div class="pair">
        <Select id="new-agency-kind" label={t.facts.kind} value={kind} set={(code) => isKind(code) && setKind(code)} options={kinds()} faults={faults} />
        <Select
          id="new-agency-parent"
          label={t.facts.parent}
          value={parent}
          set={setParent}
          options={props.everywhere ? [["", t.facts.noParent], ...parents] : parents}
          faults={faults}
        />
      </div>
      <div class="pair">
        <TextField id="new-agency-municipality" label={t.facts.municipality} hint={t.facts.municipalityHint} optional numeric value={municipality} set={setMunicipality} faults={faults} />
        <TextField id="new-agency-district" label={t.facts.district} hint={t.facts.districtHint} optional numeric value={district} set={setDistrict} faults={faults} />
      </div>
      <div>
        <TextField id="new-agency-alsoServes" label={t.facts.alsoServes} hint={t.facts.alsoServesHint} optional value={alsoServes} set={setAlsoServes} faults={faults} />
        <p class="hint" role="status">
          {placesIn(alsoServes)}
        </p>
      </div>
      <Tick id="new-agency-publicTasks" label={t.facts.publicTasks} checked={publicTasks} set={setPublicTasks} />
      <Save saving={saving} label={t.create.open} cancel={props.cancel} />
    </form>
  );
}
