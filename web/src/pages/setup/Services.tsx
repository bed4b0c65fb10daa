import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { need } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { Alert } from "../../ui/Alert";
import { Conflict, Confirm, type Faults, Save, Select, TextField, isStale, useSaving } from "../../ui/form";
import { type Loaded, useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { type Need, isNeed } from "../directory/filter";
import { ages } from "../directory/words";
import { type Agency, AgencySetup, NotYours } from "./Agency";
import { text } from "./words";

type Service = Schemas["ServiceOut"];

export default function Services() {
  return <AgencySetup tab="services">{(agency) => <List agency={agency} />}</AgencySetup>;
}

interface Ready extends Loaded<Agency> {
  readonly data: Agency;
}

function List({ agency }: { agency: Ready }) {
  const t = text();
  const path = { agency: agency.data.slug };
  const services = useLoad(() => must(api.GET("/api/v1/agencies/{agency}/services", { params: { path, query: { limit: 100 } } })), [path.agency]);
  const [editing, setEditing] = useState<Service | "new" | null>(null);
  const [saved, setSaved] = useState(false);
  const done = () => {
    setEditing(null);
    setSaved(true);
    services.again();
    agency.again();
  };
  const begin = (what: Service | "new") => {
    setSaved(false);
    setEditing(what);
  };
  if (services.data === null) return services.error === null ? <Loading /> : <NotYours error={services.error} again={services.again} />;
  return (
    <>
      <p class="subtle">{t.services.lead}</p>
      {saved ? (
        <Alert color="success" live>
          {t.saved}
        </Alert>
      ) : null}
      {services.data.items.length === 0 ? <p>{t.services.none}</p> : null}
      {services.data.items.length === 0 ? null : (
        <ul class="rows">
          {services.data.items.map((service) => (
            <li key={service.id}>
              <div>
                <strong>{service.title}</strong>
                <span class="subtle">
                  {capital(term(need, service.need))} · {ages(service.minAge, service.maxAge)}
                </span>
              </div>
              <button
                type="button"
                class="ds-button"
                data-variant="tertiary"
                data-size="sm"
                aria-label={t.services.edit(service.title)}
                onClick={() => begin(service)}
              >
                {t.services.editShort}
              </button>
            </li>
          ))}
        </ul>
      )}
      {editing === null ? (
        <p>
          <button type="button" class="ds-button" data-variant="secondary" onClick={() => begin("new")}>
            {t.services.add}
          </button>
        </p>
      ) : (
        <Edit key={editing === "new" ? "new" : editing.id} agency={agency.data} service={editing === "new" ? null : editing} done={done} cancel={() => setEditing(null)} />
      )}
    </>
  );
}

interface Both {
  readonly nb: Service;
  readonly en: Service;
}

/** Both languages of a service; the list says only one. */
async function inBoth(agency: string, service: Service): Promise<Both> {
  const read = async (tongue: "nb" | "en") => {
    const params = { path: { agency }, query: { limit: 100 } };
    const page = await must(api.GET("/api/v1/agencies/{agency}/services", { params, headers: { "accept-language": tongue } }));
    return page.items.find(({ id }) => id === service.id) ?? service;
  };
  return { nb: await read("nb"), en: await read("en") };
}

interface EditProps {
  readonly agency: Agency;
  readonly service: Service | null;
  readonly done: () => void;
  readonly cancel: () => void;
}

/** A service that is new, or as it stands in both languages. */
function Edit(props: EditProps) {
  const { agency, service } = props;
  const both = useLoad<Both | "new">(() => (service === null ? Promise.resolve("new" as const) : inBoth(agency.slug, service)), []);
  if (both.data === null) return both.error === null ? <Loading /> : <NotYours error={both.error} again={both.again} />;
  return <ServiceForm {...props} both={both.data === "new" ? null : both.data} />;
}

const whole = (typed: string) => (typed.trim() === "" ? null : Number(typed.trim()));

function ServiceForm({ agency, both, done, cancel }: EditProps & { readonly both: Both | null }) {
  const t = text().services;
  const saving = useSaving("service");
  const removal = useSaving("removal");
  const [wanted, setWanted] = useState<Need>(both?.nb.need ?? "guidance");
  const [titleNb, setTitleNb] = useState(both?.nb.title ?? "");
  const [titleEn, setTitleEn] = useState(both?.en.title ?? "");
  const [descriptionNb, setDescriptionNb] = useState(both?.nb.description ?? "");
  const [descriptionEn, setDescriptionEn] = useState(both?.en.description ?? "");
  const [minAge, setMinAge] = useState(String(both?.nb.minAge ?? ""));
  const [maxAge, setMaxAge] = useState(String(both?.nb.maxAge ?? ""));
  const [version, setVersion] = useState(agency.version);
  const [stale, setStale] = useState(false);
  const [asking, setAsking] = useState(false);
  const wrong = (): Faults => {
    const bad: Record<string, string> = {};
    const isAge = (typed: string) => typed.trim() === "" || (/^\d{1,3}$/.test(typed.trim()) && Number(typed) <= 120);
    if (!isAge(minAge)) bad["service-minAge"] = t.badAge;
    if (!isAge(maxAge)) bad["service-maxAge"] = t.badAge;
    if ((descriptionNb.trim() === "") !== (descriptionEn.trim() === "")) {
      bad[descriptionNb.trim() === "" ? "service-description-nb" : "service-description-en"] = t.both;
    }
    return bad;
  };
  /** On the version that was seen. Somebody faster is told, and the next try is on theirs. */
  const on = async <T,>(work: (version: number) => Promise<T>): Promise<T | null> => {
    try {
      return await work(version);
    } catch (refused) {
      if (!isStale(refused)) throw refused;
      const newest = await must(api.GET("/api/v1/agencies/{agency}", { params: { path: { agency: agency.slug } } }));
      setVersion(newest.version);
      setStale(true);
      return null;
    }
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    setStale(false);
    const body = {
      need: wanted,
      title: { nb: titleNb.trim(), en: titleEn.trim() },
      description: descriptionNb.trim() === "" ? null : { nb: descriptionNb.trim(), en: descriptionEn.trim() },
      minAge: whole(minAge),
      maxAge: whole(maxAge),
    };
    const saved = await saving.attempt<unknown>(
      () =>
        both === null
          ? must(api.POST("/api/v1/agencies/{agency}/services", { params: { path: { agency: agency.slug } }, body }))
          : on((seen) =>
              must(
                api.PATCH("/api/v1/agencies/{agency}/services/{service}", {
                  params: { path: { agency: agency.slug, service: both.nb.id }, header: { "If-Match": `"${String(seen)}"` } },
                  body,
                }),
              ),
            ),
      wrong(),
    );
    if (saved !== null) done();
  };
  const remove = async () => {
    if (both === null) return;
    const gone = await removal.attempt(() =>
      on((seen) =>
        must(
          api.DELETE("/api/v1/agencies/{agency}/services/{service}", {
            params: { path: { agency: agency.slug, service: both.nb.id }, header: { "If-Match": `"${String(seen)}"` } },
          }),
        ),
      ),
    );
    if (gone !== null) done();
    else setAsking(false);
  };
  const needs = Object.keys(need.nb)
    .map((code) => [code, capital(term(need, code))] as const)
    .sort(([, one], [, other]) => one.localeCompare(other, "nb"));
  const faults = saving.faults;
  const name = both === null ? t.add : t.edit(language.value === "en" ? both.en.title : both.nb.title);
  return (
    <form class="card stack" onSubmit={submit} noValidate aria-labelledby="service-heading">
      <h2 id="service-heading" class="ds-heading" data-size="2xs">
        {name}
      </h2>
      <Select id="service-need" label={t.need} value={wanted} set={(code) => isNeed(code) && setWanted(code)} options={needs} faults={faults} />
      <div class="pair">
        <TextField id="service-title-nb" label={t.titleNb} value={titleNb} set={setTitleNb} faults={faults} />
        <TextField id="service-title-en" label={t.titleEn} value={titleEn} set={setTitleEn} faults={faults} />
      </div>
      <div class="pair">
        <TextField id="service-description-nb" label={t.descriptionNb} optional rows={3} value={descriptionNb} set={setDescriptionNb} faults={faults} />
        <TextField id="service-description-en" label={t.descriptionEn} optional rows={3} value={descriptionEn} set={setDescriptionEn} faults={faults} />
      </div>
      <div class="pair">
        <TextField id="service-minAge" label={t.minAge} optional numeric value={minAge} set={setMinAge} faults={faults} />
        <TextField id="service-maxAge" label={t.maxAge} optional numeric value={maxAge} set={setMaxAge} faults={faults} />
      </div>
      {stale ? <Conflict differences={[]} /> : null}
      <Save saving={saving} cancel={cancel} />
      {both === null ? null : (
        <p>
          <button type="button" class="ds-button" data-variant="tertiary" data-color="danger" data-size="sm" onClick={() => setAsking(true)}>
            {t.remove}
          </button>
        </p>
      )}
      {asking && both !== null ? (
        <Confirm title={t.removeTitle(language.value === "en" ? both.en.title : both.nb.title)} label={t.remove} danger saving={removal} yes={() => void remove()} no={() => setAsking(false)}>
          <p>{t.removeText}</p>
        </Confirm>
      ) : null}
    </form>
  );
}
