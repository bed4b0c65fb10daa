import { useRoute } from "preact-iso";
import type { ComponentChildren } from "preact";
import { Refused, type Schemas, api, must } from "../../api/client";
import { me } from "../../api/session";
import { Failed } from "../../ui/Failed";
import { type Loaded, useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { Tabs } from "../../ui/Tabs";
import { useFocus, useTitle } from "../../ui/title";
import { text } from "./words";

export type Agency = Schemas["AgencyEntry"];
type Tab = keyof ReturnType<typeof text>["tabs"];

const PATHS: Record<Tab, string> = {
  facts: "",
  services: "/tjenester",
  people: "/folk",
  reach: "/post",
  hours: "/apningstider",
  deputies: "/fravaer",
  agreements: "/avtaler",
  looks: "/oppslag",
  retention: "/oppbevaring",
  webhooks: "/webhooks",
};

/** The frame of an agency's set-up: its name, the way back, its parts. */
export function AgencySetup(props: { tab: Tab; children: (agency: Loaded<Agency> & { readonly data: Agency }) => ComponentChildren }) {
  const t = text();
  const slug = useRoute().params.agency ?? "";
  const found = useLoad(() => must(api.GET("/api/v1/agencies/{agency}", { params: { path: { agency: slug } } })), [slug]);
  const heading = useFocus<HTMLHeadingElement>();
  const missing = found.error instanceof Refused && found.error.status === 404;
  const { data } = found;
  useTitle(`${t.tabs[props.tab]}${data === null ? "" : ` · ${data.name}`}`);
  return (
    <section class="page wide">
      <p>
        <a class="ds-link" href="/oppsett">
          ← {t.back}
        </a>
      </p>
      <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
        {data?.name ?? (missing ? t.missing : t.title)}
      </h1>
      {missing || found.error === null ? null : <Failed error={found.error} again={found.again} />}
      {data === null ? (
        found.error === null ? <Loading /> : null
      ) : (
        <>
          <Tabs label={t.sections} here={pathOf(data.slug, props.tab)} tabs={tabsFor(data, props.tab).map((tab) => [pathOf(data.slug, tab), t.tabs[tab]] as const)} />
          {props.children({ ...found, data })}
        </>
      )}
    </section>
  );
}

/** Where a part of an agency's set-up is. */
export function pathOf(slug: string, tab: Tab): string {
  return `/oppsett/${slug}${PATHS[tab]}`;
}

/** The parts that are somebody's to see, and the one that they are on. */
function tabsFor(agency: Agency, here: Tab): readonly Tab[] {
  const all = Object.keys(PATHS) as Tab[];
  const ours: readonly Tab[] = ["hours", "deputies", "agreements"];
  const admin = administers(agency);
  const ofLeads: readonly Tab[] = ["looks", "retention"];
  return all.filter((tab) => tab === here || (ofLeads.includes(tab) && leads(agency)) || (tab !== "looks" && admin) || ours.includes(tab));
}

/** Whether I lead this agency. */
export function leads({ id }: Pick<Agency, "id">): boolean {
  return me.value?.agencies.some((own) => own.id === id && own.roles.includes("lead")) === true;
}

/** Whether I may change this agency: as its administrator, as that of what it is a unit of, or of everything. */
export function administers({ id, parent }: Agency): boolean {
  const person = me.value;
  if (person === null) return false;
  const own = person.agencies.filter(({ roles }) => roles.includes("agency-admin")).map((agency) => agency.id);
  return person.roles.includes("system-admin") || own.includes(id) || (parent != null && own.includes(parent.id));
}

/** Why a part is not shown: most often it is not one's own agency. */
export function NotYours({ error, again }: { error: unknown; again: () => void }) {
  if (error instanceof Refused && error.status === 403) return <p>{text().forbidden}</p>;
  return <Failed error={error} again={again} />;
}
