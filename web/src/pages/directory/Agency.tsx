import { useLocation, useRoute } from "preact-iso";
import { Fragment } from "preact";
import { Refused, type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { agencyKind, need } from "../../i18n/codes";
import { capital, place, term } from "../../i18n/terms";
import { now } from "../../i18n/time";
import { Alert } from "../../ui/Alert";
import { Failed } from "../../ui/Failed";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { useFocus, useTitle } from "../../ui/title";
import { Capacity } from "./Capacity";
import { Open } from "./Open";
import { type Hours, isAlways, today, week, weekdayName } from "./hours";
import { ages, text } from "./words";
import "./directory.css";

type Entry = Schemas["AgencyEntry"];

/** One agency: whether somebody is there, what they do, and what can be sent to them. */
export default function Agency() {
  const t = text();
  const { url } = useLocation();
  const slug = useRoute().params.agency ?? "";
  const found = useLoad(() => must(api.GET("/api/v1/agencies/{agency}", { params: { path: { agency: slug } } })), [slug]);
  const missing = found.error instanceof Refused && found.error.status === 404;
  const title = found.data?.name ?? (missing ? t.agency.missing : "");
  useTitle(title);
  const search = url.split("?")[1];
  return (
    <section class="page wide agency">
      <p>
        <a class="ds-link" href={search === undefined ? "/katalog" : `/katalog?${search}`}>
          ← {t.agency.back}
        </a>
      </p>
      {found.data === null ? (
        missing ? (
          <>
            <h1 class="ds-heading" data-size="md">
              {t.agency.missing}
            </h1>
            <p>{t.agency.missingText}</p>
          </>
        ) : found.error === null ? (
          <Loading />
        ) : (
          <Failed error={found.error} again={found.again} />
        )
      ) : (
        <Known key={found.data.id} agency={found.data} />
      )}
    </section>
  );
}

function Known({ agency }: { agency: Entry }) {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  return (
    <>
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {agency.name}
        </h1>
        <p class="subtle">
          {capital(term(agencyKind, agency.kind))}
          {agency.parent == null ? null : (
            <>
              {" · "}
              <a class="ds-link" href={`/katalog/${agency.parent.slug}`}>
                {t.unitOf(agency.parent.name)}
              </a>
            </>
          )}
        </p>
        <p>{agency.active ? <Open agency={agency} /> : null}</p>
      </div>
      {agency.active ? null : <Alert color="warning">{t.inactiveText}</Alert>}
      <div class="agency-columns">
        <div class="stack">
          <Services agency={agency} />
          <Takes agency={agency} />
        </div>
        <div class="stack">
          <Facts agency={agency} />
          <Capacity agency={agency} />
          <OpeningHours hours={agency.openingHours} />
        </div>
      </div>
    </>
  );
}

function Facts({ agency }: { agency: Entry }) {
  const t = text().agency;
  const district = agency.district == null ? null : place(agency.municipality, agency.district);
  const municipality = agency.municipality == null ? null : place(agency.municipality, null);
  const own = district ?? (municipality === null ? t.everywhere : capital(t.wholeMunicipality(municipality)));
  // A district has six digits, a whole municipality four.
  const beside = agency.alsoServes.map((area) => (area.length > 4 ? place(area.slice(0, 4), area) : t.wholeMunicipality(place(area, null) ?? area)));
  return (
    <dl class="facts card">
      <dt>{t.phone}</dt>
      <dd>
        {agency.phone == null ? (
          <span class="subtle">{t.noPhone}</span>
        ) : (
          <a class="ds-link agency-call" href={`tel:${agency.phone.replace(/\s/g, "")}`}>
            {agency.phone}
          </a>
        )}
      </dd>
      <dt>{t.serves}</dt>
      <dd>{[own, ...beside].join(", ")}</dd>
      {agency.orgnr == null ? null : (
        <>
          <dt>{t.orgnr}</dt>
          <dd>{agency.orgnr.replace(/(\d{3})(?=\d)/g, "$1 ")}</dd>
        </>
      )}
      <dt>{t.duty}</dt>
      <dd>{agency.publicTasks ? t.dutyBinds : t.dutyNot}</dd>
    </dl>
  );
}

function Services({ agency }: { agency: Entry }) {
  const t = text().agency;
  const services = useLoad(
    () => must(api.GET("/api/v1/agencies/{agency}/services", { params: { path: { agency: agency.slug }, query: { limit: 100 } } })),
    [agency.slug],
  );
  return (
    <section class="card stack" aria-labelledby="services">
      <h2 id="services" class="ds-heading" data-size="2xs">
        {t.services}
      </h2>
      {services.error === null ? null : <Failed error={services.error} again={services.again} />}
      {services.data === null ? (
        services.error === null ? <Loading /> : null
      ) : services.data.items.length === 0 ? (
        <p class="subtle">{t.noServices}</p>
      ) : (
        <ul class="services">
          {services.data.items.map((service) => (
            <li key={service.id}>
              <p>
                <strong>{service.title}</strong>
              </p>
              <p class="subtle">
                {capital(term(need, service.need))} · {ages(service.minAge, service.maxAge)}
              </p>
              {service.description == null ? null : <p>{service.description}</p>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** The workflows that end here. Few enough to read them all. */
async function receivable(kind: string) {
  const { items } = await must(api.GET("/api/v1/workflows", { params: { query: { limit: 100 } } }));
  const newest = [...new Map(items.sort((one, other) => one.version - other.version).map((item) => [item.id, item])).values()];
  const definitions = await Promise.all(
    newest.map(({ id, version }) => must(api.GET("/api/v1/workflows/{id}/{version}", { params: { path: { id, version } } }))),
  );
  return definitions.filter(({ receivers }) => receivers.some((receiver) => receiver.code === kind));
}

function Takes({ agency }: { agency: Entry }) {
  const t = text().agency;
  const found = useLoad(() => receivable(agency.kind), [agency.kind]);
  if (!agency.active) return null;
  return (
    <section class="card stack" aria-labelledby="takes">
      <h2 id="takes" class="ds-heading" data-size="2xs">
        {t.takes}
      </h2>
      {found.error === null ? null : <Failed error={found.error} again={found.again} />}
      {found.data === null ? (
        found.error === null ? <Loading /> : null
      ) : found.data.length === 0 ? (
        <p class="subtle">{t.takesNone}</p>
      ) : (
        <ul class="services">
          {found.data.map(({ id, title, summary, eligibility }) => (
            <li key={id}>
              <p>
                <strong>{title}</strong>
                {eligibility.minAge == null && eligibility.maxAge == null ? null : (
                  <span class="subtle"> · {ages(eligibility.minAge, eligibility.maxAge)}</span>
                )}
              </p>
              <p>{summary}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function OpeningHours({ hours }: { hours: Hours | null | undefined }) {
  const t = text().agency;
  return (
    <section class="card stack" aria-labelledby="hours">
      <h2 id="hours" class="ds-heading" data-size="2xs">
        {t.hours}
      </h2>
      {hours == null ? <p class="subtle">{t.noHours}</p> : isAlways(hours) ? <p>{t.always}</p> : <Week hours={hours} />}
    </section>
  );
}

function Week({ hours }: { hours: Exclude<Hours, { always: true }> }) {
  const t = text().agency;
  const day = today(now.value);
  const written = (spans: readonly (readonly [string, string])[]) =>
    spans.length === 0 ? t.closed : spans.map(([from, to]) => `${from}–${to}`).join(", ");
  const name = (days: readonly Parameters<typeof weekdayName>[0][]) => {
    const [first] = days;
    const last = days.at(-1);
    if (first === undefined || last === undefined) return "";
    const of = (one: typeof first) => weekdayName(one, language.value);
    return capital(days.length === 1 ? of(first) : `${of(first)}–${of(last)}`);
  };
  return (
    <dl class="week">
      {week(hours).map(({ days, spans }) => (
        <Fragment key={days[0]}>
          <dt data-today={days.includes(day)}>{name(days)}</dt>
          <dd data-today={days.includes(day)}>{written(spans)}</dd>
        </Fragment>
      ))}
      <dt>{t.holidays}</dt>
      <dd>{written(hours.holidays ?? [])}</dd>
    </dl>
  );
}
