/** How long answers take, with those that never came counted; each row leads to the hand-offs behind it. */
import { type Schemas, api, must } from "../../api/client";
import { language, locale, words } from "../../i18n";
import { urgency } from "../../i18n/codes";
import { insight as en } from "../../i18n/en/insight";
import { insight as nb } from "../../i18n/nb/insight";
import { capital, term } from "../../i18n/terms";
import { moment, now, span } from "../../i18n/time";
import { isDay, localDay, plusDays } from "../../i18n/zone";
import { Urgency } from "../../referral/Marks";
import { Failed } from "../../ui/Failed";
import { Choice, Summary, TextField, useSaving } from "../../ui/form";
import { ListOf, useList } from "../../ui/list";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { save } from "../../ui/save";
import { useFocus, useTitle } from "../../ui/title";
import { Reference, useArrival, useAsked } from "../follow/Page";
import { Tabs } from "./Frame";
import "./insight.css";

const text = words(nb, en);

type Row = Schemas["ResponseTimesRow"];
type Item = Schemas["ResponseTimesItem"];
type Group = "receiver" | "workflow" | "urgency";

const GROUPS: readonly Group[] = ["receiver", "workflow", "urgency"];
/** The address is Norwegian, as the path is. */
const NAMES: Record<Group, string> = { receiver: "", workflow: "arbeidsflyt", urgency: "hastegrad" };
const MINUTE = 60_000;
/** As far back as one looks when one asks for nothing else. */
const DAYS = 90;

export default function Insight() {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  useTitle(t.title);
  const [asked, go] = useAsked();
  const group = GROUPS.find((one) => NAMES[one] === (asked.fordelt ?? "")) ?? "receiver";
  const from = asked.fra ?? plusDays(localDay(now.value), -DAYS);
  const to = asked.til ?? "";
  const period = { ...(isDay(from) ? { from } : {}), ...(isDay(to) ? { to } : {}) };
  const query = { ...period, groupBy: group };
  const found = useLoad(
    // The same address gives a table to whoever asks for one, which this does not.
    async () => (await must(api.GET("/api/v1/reports/response-times", { params: { query } }))) as Schemas["ResponseTimesReport"],
    [JSON.stringify(query)],
  );
  const rows = found.data?.rows ?? [];
  const chosen = rows.find((row) => keyOf(row, group) === asked.bak);
  return (
    <section class="page wide insight">
      <Tabs here="times" />
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {t.title}
        </h1>
        <p class="subtle">{t.lead}</p>
      </div>
      <form class="stack" role="search" onSubmit={(event) => event.preventDefault()}>
        <Choice name="insight-by" label={t.by} value={group} set={(by) => go({ fordelt: NAMES[by], bak: "" })} options={GROUPS.map((one) => [one, t.groups[one]] as const)} />
        <div class="pair">
          <TextField id="insight-from" label={t.from} type="date" value={from} set={(fra) => go({ fra, bak: "" })} />
          <TextField id="insight-to" label={t.to} type="date" optional value={to} set={(til) => go({ til, bak: "" })} />
        </div>
      </form>
      {found.error === null ? null : <Failed error={found.error} again={found.again} />}
      {found.data === null ? (
        found.error === null ? <Loading /> : null
      ) : rows.length === 0 ? (
        <div class="empty">
          <p>{t.none}</p>
        </div>
      ) : (
        <>
          <Table rows={rows} group={group} chosen={chosen} choose={(bak) => go({ bak })} />
          <Download query={query} />
          {chosen === undefined ? null : <Behind row={chosen} group={group} period={period} />}
        </>
      )}
      <details>
        <summary>{t.read}</summary>
        <ul class="points">
          {t.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      </details>
      <p>
        <a class="ds-link" href="/folg-opp/frister">
          {t.overdue}
        </a>
      </p>
    </section>
  );
}

function keyOf(row: Row, group: Group): string {
  if (group === "receiver") return row.receiver?.slug ?? "";
  return (group === "workflow" ? row.workflow?.id : row.urgency) ?? "";
}

function nameOf(row: Row, group: Group): string {
  if (group === "receiver") return row.receiver?.name ?? "";
  return group === "workflow" ? (row.workflow?.title ?? "") : capital(term(urgency, row.urgency ?? ""));
}

function Table({ rows, group, chosen, choose }: { rows: readonly Row[]; group: Group; chosen: Row | undefined; choose: (key: string) => void }) {
  const t = text();
  const c = t.columns;
  const length = (minutes: number | null | undefined) => (minutes == null ? t.unknown : span(minutes * MINUTE, language.value === "nb"));
  const percent = new Intl.NumberFormat(locale(), { style: "percent" });
  const share = ({ shareWithinLimit, withinLimit, late }: Row) =>
    shareWithinLimit == null ? t.noLimit : t.share(percent.format(shareWithinLimit), String(withinLimit + late));
  return (
    <table class="figures">
      <caption class="visually-hidden">{t.title}</caption>
      <thead>
        <tr>
          <th scope="col">{t.groups[group]}</th>
          {Object.entries(c).map(([column, title]) => (
            <th key={column} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const name = nameOf(row, group);
          return (
            <tr key={keyOf(row, group)} data-chosen={row === chosen}>
              <th scope="row">
                <button type="button" class="ds-link as-link" aria-pressed={row === chosen} aria-label={t.show(name)} onClick={() => choose(row === chosen ? "" : keyOf(row, group))}>
                  {name}
                </button>
              </th>
              <td data-title={c.sent}>{row.count}</td>
              <td data-title={c.answered}>{row.answered}</td>
              <td data-title={c.unanswered}>{row.unanswered}</td>
              <td data-title={c.withdrawn}>{row.withdrawn}</td>
              <td data-title={c.median}>{length(row.medianMinutes)}</td>
              <td data-title={c.p90}>{length(row.p90Minutes)}</td>
              <td data-title={c.within}>{share(row)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Download({ query }: { query: { readonly groupBy: string; readonly from?: string; readonly to?: string } }) {
  const t = text();
  const saving = useSaving("csv");
  const get = async () => {
    const content = await saving.attempt(() => must(api.GET("/api/v1/reports/response-times", { params: { query }, headers: { accept: "text/csv" }, parseAs: "blob" })));
    if (content !== null) save(content, `svartider-${localDay(now.value)}.csv`);
  };
  return (
    <>
      <Summary saving={saving} />
      <p class="no-print">
        <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-busy={saving.busy} onClick={() => void get()}>
          {t.csv}
        </button>
      </p>
    </>
  );
}

/** Exactly those that the row counts, the first sent first. */
function Behind({ row, group, period }: { row: Row; group: Group; period: { readonly from?: string; readonly to?: string } }) {
  const t = text();
  const key = keyOf(row, group);
  const query = { ...period, limit: 25, [group]: key };
  const list = useList<Item>((cursor) => must(api.GET("/api/v1/reports/response-times/referrals", { params: { query: { ...query, ...cursor } } })), [JSON.stringify(query)]);
  const name = nameOf(row, group);
  const heading = useArrival(key);
  return (
    <section class="stack" aria-labelledby="behind">
      <h2 id="behind" class="ds-heading" data-size="xs" ref={heading} tabIndex={-1}>
        {t.behind(name)}
      </h2>
      <ListOf
        list={list}
        none={t.none}
        label={t.behind(name)}
        row={(item) => (
          <li key={item.handoff}>
            <div>
              <Reference of={item.reference} />
              <span>
                {item.workflow.title} → {item.receiver.name}
              </span>
              <span class="subtle">{capital(t.sentAt(moment(Date.parse(item.sentAt), language.value, now.value)))}</span>
            </div>
            <Urgency code={item.urgency} />
            <span class={item.overdue ? "late" : "subtle"}>
              {t.status[item.status] ?? item.status} {span(item.minutes * MINUTE, language.value === "nb")}
              {item.overdue ? `, ${t.late}` : ""}
            </span>
          </li>
        )}
      />
    </section>
  );
}
