/** What an agency's people have looked at: the answer to whoever asks their lead. */
import { useLocation } from "preact-iso";
import { useMemo, useState } from "preact/hooks";
import { type Schemas, Refused, api, must } from "../../api/client";
import { words } from "../../i18n";
import { looks as en } from "../../i18n/en/looks";
import { looks as nb } from "../../i18n/nb/looks";
import { capital } from "../../i18n/terms";
import { inOslo, isDay, plusDays } from "../../i18n/zone";
import { When } from "../../referral/Marks";
import { isReference } from "../../referral/reference";
import { Select, Summary, TextField, useSaving } from "../../ui/form";
import { ListOf, useList } from "../../ui/list";
import { useLoad } from "../../ui/load";
import { save } from "../../ui/save";
import { type Agency, AgencySetup } from "./Agency";
import "./setup.css";

const text = words(nb, en);

type Look = Schemas["AgencyLookOut"];

/** What the address asks for; days in Oslo. */
interface Asked {
  readonly user: string;
  readonly referral: string;
  readonly from: string;
  readonly to: string;
}

function queryOf({ user, referral, from, to }: Asked): Record<string, string> {
  return {
    ...(user === "" ? {} : { user }),
    ...(isReference(referral) ? { referral: referral.toUpperCase() } : {}),
    ...(isDay(from) ? { from: new Date(inOslo(from)).toISOString() } : {}),
    ...(isDay(to) ? { to: new Date(inOslo(plusDays(to, 1))).toISOString() } : {}),
  };
}

export default function AgencyLooks() {
  return <AgencySetup tab="looks">{(agency) => <List key={agency.data.id} agency={agency.data} />}</AgencySetup>;
}

async function everybody(agency: string): Promise<readonly Schemas["MemberOut"][]> {
  const found: Schemas["MemberOut"][] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 100, ...(cursor === null ? {} : { cursor }) };
    const page: Schemas["Page_MemberOut"] = await must(api.GET("/api/v1/agencies/{agency}/users", { params: { path: { agency }, query } }));
    found.push(...page.items);
    cursor = page.nextCursor ?? null;
  } while (cursor !== null);
  return found.sort((one, other) => one.displayName.localeCompare(other.displayName, "nb"));
}

function List({ agency }: { agency: Agency }) {
  const t = text().agency;
  const { query, path, route } = useLocation();
  const asked = useMemo<Asked>(() => ({ user: query.hvem ?? "", referral: query.referanse ?? "", from: query.fra ?? "", to: query.til ?? "" }), [query.hvem, query.referanse, query.fra, query.til]);
  const people = useLoad(() => everybody(agency.slug), [agency.slug]);
  const params = { path: { agency: agency.slug }, query: { ...queryOf(asked), limit: 50 } };
  const list = useList<Look>(
    (cursor) => must(api.GET("/api/v1/agencies/{agency}/access-log", { params: { ...params, query: { ...params.query, ...cursor } } })),
    [agency.slug, JSON.stringify(params.query)],
  );
  const go = (change: Partial<Asked>) => {
    const next = { ...asked, ...change };
    const search = new URLSearchParams(Object.entries({ hvem: next.user, referanse: next.referral, fra: next.from, til: next.to }).filter(([, value]) => value !== "")).toString();
    route(`${path}${search === "" ? "" : `?${search}`}`, true);
  };
  if (list.error instanceof Refused && list.error.status === 403) return <p>{t.forbidden}</p>;
  const csv = async () => {
    const content = await must(api.GET("/api/v1/agencies/{agency}/access-log", { params: { ...params, query: { ...params.query, limit: 100 } }, headers: { accept: "text/csv" }, parseAs: "blob" }));
    save(content, `${agency.slug}.csv`);
  };
  const faults = asked.referral !== "" && !isReference(asked.referral) ? { "looks-referral": t.badReference } : {};
  return (
    <>
      <p class="subtle">{t.lead}</p>
      <form class="pair" role="search" onSubmit={(event) => event.preventDefault()}>
        <Select
          id="looks-user"
          label={t.user}
          value={asked.user}
          set={(user) => go({ user })}
          options={[["", t.everybody], ...(people.data ?? []).map(({ id, displayName }) => [id, displayName] as const)]}
        />
        <TextField id="looks-referral" label={t.referral} optional value={asked.referral} set={(referral) => go({ referral: referral.trim() })} faults={faults} />
        <TextField id="looks-from" label={t.from} type="date" optional value={asked.from} set={(from) => go({ from })} />
        <TextField id="looks-to" label={t.to} type="date" optional value={asked.to} set={(to) => go({ to })} />
      </form>
      <ListOf list={list} none={t.none} label={text().title} row={(look) => <Row key={look.id} look={look} agency={agency.slug} />} />
      {list.data === null || list.data.items.length === 0 ? null : (
        <p>
          <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => void csv().catch(() => undefined)}>
            {t.csv}
          </button>
        </p>
      )}
    </>
  );
}

/** In which words somebody said why; asked for when a lead wants to know, for reading them is a look itself. */
function Why({ look, agency }: { look: Look; agency: string }) {
  const t = text().agency;
  const [told, setTold] = useState<string | null>(null);
  const saving = useSaving("looks");
  if (told !== null) return <q>{told}</q>;
  const show = async () => {
    const params = { path: { agency, look: look.id } };
    const whole = await saving.attempt(() => must(api.GET("/api/v1/agencies/{agency}/access-log/{look}", { params })));
    setTold(whole?.reason ?? null);
  };
  return (
    <>
      <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" title={t.whyHint} disabled={saving.busy} onClick={() => void show()}>
        {t.why}
      </button>
      <Summary saving={saving} />
    </>
  );
}

function Row({ look, agency }: { look: Look; agency: string }) {
  const t = text().agency;
  return (
    <li>
      <div>
        <strong>{look.user.name}</strong>
        <span class="subtle">
          <When at={look.at} /> · {capital(look.lookedAt.title)}
          {look.why.code === "part" ? "" : ` · ${look.why.title}`}
          {look.partEnded ? ` · ${t.ended}` : ""}
          {look.flags.length === 0 ? "" : ` · ${t.unusual(look.flags.map(({ title }) => title).join(", "))}`}
        </span>
        {look.why.code === "reason" && look.referral != null ? <Why look={look} agency={agency} /> : null}
      </div>
      {look.referral != null ? (
        <a class="ds-link" href={`/formidling/${look.referral.reference}`}>
          {look.referral.reference}
        </a>
      ) : look.caseId == null ? (
        <span class="subtle">{t.search}</span>
      ) : null}
    </li>
  );
}
