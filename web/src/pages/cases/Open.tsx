import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { need as needs } from "../../i18n/codes";
import { capital, places, term } from "../../i18n/terms";
import { type Agency, agencies, definition } from "../../referral/directory";
import { Alert } from "../../ui/Alert";
import { type Faults, Save, Select, TextField, Ticks, useSaving } from "../../ui/form";
import { useFocus, useTitle } from "../../ui/title";
import { type Case, open, senders } from "./api";
import { type Part, NewReferral, blank, toReferral, wrongIn } from "./NewReferral";
import { text } from "./words";
import "./cases.css";
import "../../referral/referral.css";

type Need = Schemas["CaseIn"]["needs"] extends readonly (infer N)[] | undefined ? N : never;
export type Definition = Schemas["WorkflowDefinition"];

/** A case around referrals that exist, with new ones to several receivers, or both: all of it is stored, or nothing. */
export default function OpenCase() {
  const t = text();
  const { query, route } = useLocation();
  const heading = useFocus<HTMLHeadingElement>();
  useTitle(t.open.title);
  const [attach, setAttach] = useState<readonly string[]>(() => (query.formidling ?? "").split(",").filter((one) => one !== ""));
  const [parts, setParts] = useState<readonly Part[]>(() => (query.formidling === undefined ? [blank(1)] : []));
  const [coordinator, setCoordinator] = useState(senders()[0]?.slug ?? "");
  const [beside, setBeside] = useState<readonly string[]>([]);
  const [alias, setAlias] = useState("");
  const [age, setAge] = useState("");
  const [place, setPlace] = useState("");
  const [warned, setWarned] = useState<Case | null>(null);
  const [known, definitions] = useKnown();
  const saving = useSaving("case");
  const about = attach.every((one) => one.trim() === "") && parts.length > 0;
  const change = (key: number, changed: Partial<Part>) => setParts((all) => all.map((one) => (one.key === key ? { ...one, ...changed } : one)));
  const submit = async (event: Event) => {
    event.preventDefault();
    const wanted = attach.map((one) => one.trim().toUpperCase()).filter((one) => one !== "");
    const wrong: Record<string, string> = Object.assign({}, ...parts.map((part, at) => wrongIn(part, `case-referrals-${String(at)}`, t.open.fault))) as Faults;
    if (wanted.length + parts.length === 0) wrong["case-attach-0"] = t.open.fault.nothing;
    if (about && !/^\s*(\d{1,3})?\s*$/.test(age)) wrong["case-person-estimatedAge"] = t.open.fault.age;
    const done = await saving.attempt(
      () =>
        open({
          coordinator,
          needs: beside as Need[],
          attach: wanted,
          referrals: parts.map(toReferral),
          person: about
            ? {
                alias: alias.trim() === "" ? null : alias.trim(),
                estimatedAge: age.trim() === "" ? null : Number(age),
                whereabouts: place === "" ? null : { municipality: place.slice(0, 4), district: place.length === 6 ? place : null },
              }
            : null,
        }),
      wrong,
    );
    if (done === null) return;
    if ((done.warnings ?? []).length > 0) setWarned(done);
    else route(`/sak/${done.reference}`);
  };
  if (warned !== null) return <Warned found={warned} />;
  return (
    <section class="page narrow">
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {t.open.title}
        </h1>
        <p class="subtle">{t.open.lead}</p>
      </div>
      <form class="stack" onSubmit={submit} noValidate>
        {senders().length > 1 ? (
          <Select id="case-coordinator" label={t.open.coordinator} value={coordinator} set={setCoordinator} options={senders().map(({ slug, name }) => [slug, name] as const)} faults={saving.faults} />
        ) : null}
        <section class="card stack">
          <h2 class="ds-heading" data-size="2xs">
            {t.open.existing}
          </h2>
          {(attach.length === 0 ? [""] : attach).map((one, at, all) => (
            <TextField
              key={at}
              id={`case-attach-${String(at)}`}
              label={all.length > 1 ? t.open.reference(String(at + 1)) : t.dialog.reference}
              hint={at === 0 ? t.dialog.referenceHint : undefined}
              optional={about}
              value={one}
              set={(value) => setAttach(all.map((other, place) => (place === at ? value : other)))}
              faults={saving.faults}
            />
          ))}
          <p>
            <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => setAttach([...(attach.length === 0 ? [""] : attach), ""])}>
              {t.open.oneMore}
            </button>
          </p>
        </section>
        {about ? (
          <section class="card stack">
            <h2 class="ds-heading" data-size="2xs">
              {t.youth.title}
            </h2>
            <div class="pair">
              <TextField id="case-person-alias" label={t.open.alias} optional value={alias} set={setAlias} faults={saving.faults} />
              <TextField id="case-person-estimatedAge" label={t.open.age} optional numeric value={age} set={setAge} faults={saving.faults} />
            </div>
            <Select id="case-person-whereabouts" label={t.open.place} optional value={place} set={setPlace} options={[["", t.open.unknown], ...places()]} faults={saving.faults} />
          </section>
        ) : null}
        {parts.map((part, at) => (
          <NewReferral
            key={part.key}
            part={part}
            number={at + 1}
            id={`case-referrals-${String(at)}`}
            sender={coordinator}
            known={known}
            definitions={definitions}
            faults={saving.faults}
            set={(changed) => change(part.key, changed)}
            remove={parts.length + attach.length > 1 ? () => setParts((all) => all.filter((one) => one.key !== part.key)) : null}
          />
        ))}
        <p>
          <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => setParts((all) => [...all, blank(Math.max(0, ...all.map(({ key }) => key)) + 1)])}>
            {t.open.add}
          </button>
        </p>
        <details class="card">
          <summary>{t.open.beside}</summary>
          <Ticks id="case-needs" label={t.open.besideHint} options={Object.keys(needs.nb).map((code) => [code, capital(term(needs, code))] as const)} chosen={beside} set={setBeside} />
        </details>
        <Save saving={saving} label={parts.some(({ send }) => send) ? t.open.saveAndSend(parts.length) : t.open.save} />
      </form>
    </section>
  );
}

/** Whom one can send to, and on which workflows. */
function useKnown(): readonly [readonly Agency[], readonly Definition[]] {
  const [known, setKnown] = useState<readonly Agency[]>([]);
  const [definitions, setDefinitions] = useState<readonly Definition[]>([]);
  const spoken = language.value;
  useEffect(() => {
    agencies().then(setKnown, () => undefined);
    must(api.GET("/api/v1/workflows", { params: { query: { limit: 100 } } }))
      .then(({ items }) => items.filter((one) => !items.some((other) => other.id === one.id && other.version > one.version)))
      .then((newest) => Promise.all(newest.map(({ id, version }) => definition(id, version))))
      .then(setDefinitions, () => undefined);
  }, [spoken]);
  return [known, definitions];
}

/** It is stored; and somebody should look at what is probably about the same youth. */
function Warned({ found }: { found: Case }) {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  return (
    <section class="page narrow">
      <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
        {t.open.stored(found.reference)}
      </h1>
      <Alert color="warning">
        <p>{t.open.alike}</p>
        <ul>
          {(found.warnings ?? []).map(({ referral }) => (
            <li key={referral.id}>
              <a class="ds-link" href={`/formidling/${referral.reference}`}>
                {referral.reference}
              </a>
            </li>
          ))}
        </ul>
      </Alert>
      <p>
        <a class="ds-button" href={`/sak/${found.reference}`}>
          {t.open.go}
        </a>
      </p>
    </section>
  );
}
