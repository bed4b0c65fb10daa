import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { me } from "../../api/session";
import { agencyKind } from "../../i18n/codes";
import { capital, place, term } from "../../i18n/terms";
import { Failed } from "../../ui/Failed";
import { TextField } from "../../ui/form";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { useFocus, useTitle } from "../../ui/title";
import { administers, leads, pathOf } from "./Agency";
import { CreateAgency } from "./CreateAgency";
import { text } from "./words";

type Agency = Schemas["AgencyEntry"];

/** Every agency: whose unit is whose must be known. */
async function everyAgency(): Promise<readonly Agency[]> {
  const found: Agency[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = cursor === null ? { limit: 100 } : { limit: 100, cursor };
    const page: Schemas["Page_AgencyEntry"] = await must(api.GET("/api/v1/agencies", { params: { query } }));
    found.push(...page.items);
    cursor = page.nextCursor ?? null;
  } while (cursor !== null);
  return found.sort((one, other) => one.name.localeCompare(other.name, "nb"));
}

/** The agencies that I may set up: my own and their units, or all; and those that I lead, whose agreements I make. */
export default function Setup() {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  useTitle(t.title);
  const { route } = useLocation();
  const [search, setSearch] = useState("");
  const [creating, setCreating] = useState(false);
  const all = useLoad(everyAgency, []);
  const everywhere = me.value?.roles.includes("system-admin") === true;
  const own = new Set(me.value?.agencies.filter(({ roles }) => roles.includes("agency-admin")).map(({ id }) => id));
  const mine = (all.data ?? []).filter((agency) => administers(agency) || leads(agency));
  const words = search.trim().toLocaleLowerCase();
  const shown = mine.filter(({ name, slug }) => name.toLocaleLowerCase().includes(words) || slug.includes(words));
  return (
    <section class="page wide">
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {t.title}
        </h1>
        <p class="subtle">{t.lead}</p>
        <p>
          <a class="ds-link" href="/arbeidsflyter">
            {t.workflows}
          </a>
        </p>
      </div>
      {all.error === null ? null : <Failed error={all.error} again={all.again} />}
      {all.data === null ? (
        all.error === null ? <Loading /> : null
      ) : (
        <>
          {everywhere || own.size > 0 ? (
            creating ? (
              <CreateAgency
                parents={mine.filter(administers)}
                everywhere={everywhere}
                done={(agency) => route(`/oppsett/${agency.slug}`)}
                cancel={() => setCreating(false)}
              />
            ) : (
              <p>
                <button type="button" class="ds-button" data-variant="secondary" onClick={() => setCreating(true)}>
                  {t.create.open}
                </button>
              </p>
            )
          ) : (
            mine.length === 0 ? <p>{t.none}</p> : null
          )}
          {mine.length > 8 ? <TextField id="setup-search" type="search" label={t.search} value={search} set={setSearch} /> : null}
          <p role="status">{mine.length === 0 ? "" : shown.length === 0 ? t.nothing : t.found(shown.length)}</p>
          {shown.length === 0 ? null : (
            <ul class="rows" aria-label={t.mine}>
              {shown.map((agency) => (
                <li key={agency.id}>
                  <div>
                    <a class="ds-link" href={pathOf(agency.slug, administers(agency) ? "facts" : "agreements")}>
                      <strong>{agency.name}</strong>
                    </a>
                    <span class="subtle">
                      {[capital(term(agencyKind, agency.kind)), place(agency.municipality, agency.district)].filter((part) => part !== null).join(" · ")}
                    </span>
                  </div>
                  {agency.active ? null : <span class="subtle">{t.inactive}</span>}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </section>
  );
}
