import { useLocation } from "preact-iso";
import { type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { agencyKind } from "../../i18n/codes";
import { capital, place, term } from "../../i18n/terms";
import { Failed } from "../../ui/Failed";
import { More, useList } from "../../ui/list";
import { Loading } from "../../ui/Loading";
import { useFocus, useTitle } from "../../ui/title";
import { Filters } from "./Filters";
import { Open } from "./Open";
import { type Filter, NONE, address, parse, query } from "./filter";
import { text } from "./words";
import "./directory.css";

type Agency = Schemas["AgencyEntry"];

/** Everybody one can send to: search, filter, and call. */
export default function Directory() {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  const { url, route } = useLocation();
  const filter = parse(new URLSearchParams(url.split("?")[1] ?? ""));
  useTitle(t.title);
  const asked = query(filter);
  const page = useList<Agency>((cursor) => must(api.GET("/api/v1/agencies", { params: { query: { ...asked, ...cursor } } })), [JSON.stringify(asked)]);
  const look = (changed: Partial<Filter>) => route(address({ ...filter, ...changed }), true);
  const agencies = [...(page.data?.items ?? [])].sort((one, other) => one.name.localeCompare(other.name, "nb"));
  return (
    <section class="page wide">
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {t.title}
        </h1>
        <p class="subtle">{t.lead}</p>
      </div>
      <Filters filter={filter} look={look} clear={() => route(address(NONE), true)} />
      {page.error === null ? null : <Failed error={page.error} again={page.again} />}
      {page.data === null && page.busy ? <Loading /> : null}
      <p role="status" class="directory-count">
        {page.data === null ? "" : page.further === null ? t.count(agencies.length) : t.partly(agencies.length)}
      </p>
      {page.data !== null && agencies.length === 0 ? (
        <div class="empty">
          <p>
            <strong>{t.empty}</strong>
          </p>
          <p>{t.emptyHint}</p>
        </div>
      ) : (
        <ul class="agencies" data-phones={agencies.some(({ phone }) => phone != null)} aria-busy={page.busy}>
          {agencies.map((agency) => (
            <Entry key={agency.id} agency={agency} search={url.split("?")[1]} />
          ))}
        </ul>
      )}
      <More list={page} />
    </section>
  );
}

function Entry({ agency, search }: { agency: Agency; search: string | undefined }) {
  const t = text();
  const where = place(agency.municipality, agency.district);
  const facts = [capital(term(agencyKind, agency.kind)), where].filter((fact) => fact !== null);
  return (
    <li>
      <div>
        <a class="ds-link agency-name" href={`/katalog/${agency.slug}${search === undefined ? "" : `?${search}`}`}>
          {agency.name}
        </a>
        <span class="subtle agency-facts" lang={language.value}>
          {facts.join(" · ")}
        </span>
      </div>
      {agency.active ? <Open agency={agency} /> : <span class="openness" data-tone="unknown">{t.inactive}</span>}
      {agency.phone == null ? null : (
        <a class="ds-link agency-phone" href={`tel:${agency.phone.replace(/\s/g, "")}`} aria-label={t.call(agency.name, agency.phone)}>
          {agency.phone}
        </a>
      )}
    </li>
  );
}
