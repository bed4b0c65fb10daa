import { useEffect, useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { need } from "../../i18n/codes";
import { places } from "../../i18n/terms";
import { uuid7 } from "../../offline/uuid";
import { agencies } from "../../referral/directory";
import { type Faults, Save, Select, TextField, Ticks, useSaving } from "../../ui/form";
import { useLoad } from "../../ui/load";
import { mineToKeep, text } from "./Frame";
import type { Arena } from "./state";
import { options } from "./terms";

type Need = Arena["problems"][number];

interface Present {
  readonly agency: string;
  readonly times: string;
}

/** Enters an arena, or corrects one. */
export function ArenaForm({ from, done }: { from: Arena | null; done: (after: Arena | null) => void }) {
  const t = text();
  const f = t.form;
  const saving = useSaving("arena");
  const known = useLoad(agencies, []);
  const own = mineToKeep();
  const [id] = useState(() => from?.id ?? uuid7());
  const [agency, setAgency] = useState(from?.agency.slug ?? own[0]?.slug ?? "");
  const [name, setName] = useState(from?.name ?? "");
  const [area, setArea] = useState(from?.area ?? "");
  const [problems, setProblems] = useState<readonly string[]>(from?.problems ?? []);
  const [effort, setEffort] = useState(from?.effort ?? "");
  const [missing, setMissing] = useState(from?.missing ?? "");
  const [responsible, setResponsible] = useState(from?.responsible?.slug ?? "");
  const [present, setPresent] = useState<readonly Present[]>((from?.present ?? []).map((one) => ({ agency: one.agency.slug, times: String(one.timesAMonth) })));
  const [reviewed, setReviewed] = useState(from?.reviewedOn ?? "");
  useEffect(() => document.getElementById("arena-name")?.focus(), []);

  const wrong = (): Faults => {
    const found: Record<string, string> = {};
    if (name.trim() === "") found["arena-name"] = f.needName;
    present.forEach(({ agency, times }, at) => {
      if (agency !== "" && !/^([1-9]\d?|1\d\d|200)$/.test(times.trim())) found[`arena-present-${at}-timesAMonth`] = f.needTimes;
    });
    return found;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const words = (text: string) => (text.trim() === "" ? null : text.trim());
    const body: Schemas["OutreachArenaIn"] = {
      agency,
      name: name.trim(),
      area: words(area),
      problems: problems as Need[],
      effort: words(effort),
      missing: words(missing),
      responsible: words(responsible),
      present: present.filter((one) => one.agency !== "").map((one) => ({ agency: one.agency, timesAMonth: Number(one.times) })),
      reviewedOn: words(reviewed),
    };
    const header = from === null ? { "If-None-Match": "*" } : { "If-Match": `"${from.version}"` };
    const after = await saving.attempt(() => must(api.PUT("/api/v1/outreach/arenas/{id}", { params: { path: { id }, header }, body })), wrong());
    if (after !== null) done(after);
  };
  const withdraw = async () => {
    if (from === null) return;
    const params = { path: { id }, header: { "If-Match": `"${from.version}"` } };
    const after = await saving.attempt(() => must(api.DELETE("/api/v1/outreach/arenas/{id}", { params })));
    if (after !== null) done(after);
  };
  const everyone = (known.data ?? []).map((one) => [one.slug, one.name] as const);
  const change = (at: number, part: Partial<Present>) => setPresent(present.map((one, nth) => (nth === at ? { ...one, ...part } : one)));
  return (
    <form class="card stack" onSubmit={(event) => void submit(event)} noValidate aria-labelledby="arena-title">
      <h2 id="arena-title" class="ds-heading" data-size="2xs">
        {from === null ? f.titleNew : f.title}
      </h2>
      <p class="hint">{t.nobody}</p>
      {own.length < 2 || from !== null ? null : <Select id="arena-agency" label={f.agency} value={agency} set={setAgency} options={own.map((one) => [one.slug, one.name] as const)} faults={saving.faults} />}
      <TextField id="arena-name" label={f.name} hint={f.nameHint} value={name} set={setName} faults={saving.faults} />
      <Select id="arena-area" label={f.area} value={area} set={setArea} options={[["", f.noArea], ...places()]} faults={saving.faults} />
      <Ticks id="arena-problems" label={f.problems} chosen={problems} set={setProblems} options={options(need)} faults={saving.faults} />
      <TextField id="arena-effort" label={f.effort} optional rows={3} value={effort} set={setEffort} faults={saving.faults} />
      <TextField id="arena-missing" label={f.missing} optional rows={3} value={missing} set={setMissing} faults={saving.faults} />
      <Select id="arena-responsible" label={f.responsible} value={responsible} set={setResponsible} options={[["", f.noResponsible], ...everyone]} faults={saving.faults} />
      <fieldset class="ticks">
        <legend class="ds-label">{f.present}</legend>
        {present.map((one, at) => (
          <div key={at} class="present-row">
            <Select id={`arena-present-${at}-agency`} label={f.presentAgency(at + 1)} value={one.agency} set={(agency) => change(at, { agency })} options={[["", f.choose], ...everyone]} faults={saving.faults} />
            <TextField id={`arena-present-${at}-timesAMonth`} label={f.times} numeric value={one.times} set={(times) => change(at, { times })} faults={saving.faults} />
            <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-label={f.removePresent(at + 1)} onClick={() => setPresent(present.filter((_, nth) => nth !== at))}>
              ✕
            </button>
          </div>
        ))}
        <p>
          <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => setPresent([...present, { agency: "", times: "4" }])}>
            {f.addPresent}
          </button>
        </p>
      </fieldset>
      <TextField id="arena-reviewedOn" label={f.reviewed} type="date" optional value={reviewed} set={setReviewed} faults={saving.faults} />
      <Save saving={saving} cancel={() => done(null)} />
      {from === null ? null : (
        <p>
          <button type="button" class="ds-button" data-variant="tertiary" data-color="danger" data-size="sm" onClick={() => void withdraw()}>
            {f.withdraw}
          </button>
        </p>
      )}
    </form>
  );
}
