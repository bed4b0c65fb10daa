/** How long answers take, with those that never came counted; each row leads to the hand-offs behind it. */
import { type Schemas, api, must } from "../../api/client";
import { language, locale, words } from "../../i18n";
import { urgency } from "../../i18n/codes";
import { insight as en } from "../../i18n/en/insight";
import { insight as nb } from "../../i18n/nb/insight";
import { capital, term } from "../../i18n/terms";
import { moment, now, span } from "../../i18n/time";
import { isDay, lastOfMonth, plusDays } from "../../i18n/zone";
import { Urgency } from "../../referral/Marks";
import { Failed } from "../../ui/Failed";
import { Alert } from "../../ui/Alert";
import { Choice } from "../../ui/form";
import { ListOf, useList } from "../../ui/list";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { useAsked } from "../../ui/asked";
import { Reference, useArrival } from "../follow/Page";
import { Chart, type Interval } from "./Chart";
import { Download, Frame, Notes, PeriodFields, periodOf, seesAcross, text as frame } from "./Frame";
import "./insight.css";

const text = words(nb, en);

type Row = Schemas["ResponseTimesRow"];
type Item = Schemas["ResponseTimesItem"];
type Group = "receiver" | "workflow" | "urgency";

const GROUPS: readonly Group[] = ["receiver", "workflow", "urgency"];
/** The address is Norwegian, as the path is. */
const NAMES: Record<Group, string> = { receiver: "", workflow: "arbeidsflyt", urgency: "hastegrad" };
const MINUTE = 60_000;
/** What across agencies is told by the flow alone. */
const ANSWERS = new Set(["answered", "unanswered", "withdrawn"]);

export default function Insight() {
  const t = text();
  const [asked, go] = useAsked();
  const across = seesAcross();
  const group = across ? "workflow" : (GROUPS.find((one) => NAMES[one] === (asked.fordelt ?? "")) ?? "receiver");
  const period = periodOf(asked);
  const query = { ...period, groupBy: group };
  const found = useLoad(
    // The same address gives a table to whoever asks for one, which this does not.
    async () => (await must(api.GET("/api/v1/reports/response-times", { params: { query } }))) as Schemas["ResponseTimesReport"],
    [JSON.stringify(query)],
  );
  const interval: Interval = asked.trinn === "maned" ? "month" : "week";
  const rows = found.data?.rows ?? [];
  const chosen = rows.find((row) => row.list != null && keyOf(row, group) === asked.bak);
  return (
    <Frame here="times" title={t.title} lead={t.lead}>
      <form class="stack no-print" role="search" onSubmit={(event) => event.preventDefault()}>
        {across ? null : <Choice name="insight-by" label={t.by} value={group} set={(by) => go({ fordelt: NAMES[by], bak: "" })} options={GROUPS.map((one) => [one, t.groups[one]] as const)} />}
        <PeriodFields asked={asked} go={go} />
      </form>
      {found.data?.acrossAgencies === true ? <Alert color="info">{t.across}</Alert> : null}
      {found.error === null ? null : <Failed error={found.error} again={found.again} />}
      {found.data === null ? (
        found.error === null ? <Loading /> : null
      ) : rows.length === 0 ? (
        <div class="empty">
          <p>{t.none}</p>
        </div>
      ) : (
        <>
          <Table rows={rows} group={group} across={across} chosen={chosen} choose={(bak) => go({ bak, punkt: "" })} />
          <Download name="svartider" get={() => must(api.GET("/api/v1/reports/response-times", { params: { query }, headers: { accept: "text/csv" }, parseAs: "blob" }))} />
          {chosen?.list == null ? null : (
            <>
              <Chart
                query={{ ...period, [group]: keyOf(chosen, group) }}
                name={nameOf(chosen, group)}
                interval={interval}
                setInterval={(one) => go({ trinn: one === "month" ? "maned" : "", punkt: "" })}
                chosen={asked.punkt ?? ""}
                choose={(punkt) => go({ punkt })}
              />
              <Behind list={chosen.list} name={nameOf(chosen, group)} within={within(asked.punkt, interval)} />
            </>
          )}
        </>
      )}
      <Notes notes={t.notes} />
      {across ? null : (
        <p>
          <a class="ds-link" href="/folg-opp/frister">
            {t.overdue}
          </a>
        </p>
      )}
    </Frame>
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

function Table({ rows, group, across, chosen, choose }: { rows: readonly Row[]; group: Group; across: boolean; chosen: Row | undefined; choose: (key: string) => void }) {
  const t = text();
  const c = t.columns;
  const { hidden } = frame();
  const figure = (count: number | null | undefined) => count ?? <span class="subtle">{hidden}</span>;
  const length = (minutes: number | null | undefined, row: Row) =>
    minutes != null ? span(minutes * MINUTE, language.value === "nb") : row.list == null ? <span class="subtle">{hidden}</span> : t.unknown;
  const percent = new Intl.NumberFormat(locale(), { style: "percent" });
  const share = ({ shareWithinLimit, withinLimit, late }: Row) => {
    if (withinLimit == null || late == null) return <span class="subtle">{hidden}</span>;
    return shareWithinLimit == null ? t.noLimit : t.share(percent.format(shareWithinLimit), String(withinLimit + late));
  };
  return (
    <table class="figures">
      <caption class="visually-hidden">{t.title}</caption>
      <thead>
        <tr>
          <th scope="col">{t.groups[group]}</th>
          {Object.entries(c)
            .filter(([column]) => !across || !ANSWERS.has(column))
            .map(([column, title]) => (
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
                {row.list == null ? (
                  name
                ) : (
                  <button type="button" class="ds-link as-link" aria-pressed={row === chosen} aria-label={t.show(name)} onClick={() => choose(row === chosen ? "" : keyOf(row, group))}>
                    {name}
                  </button>
                )}
              </th>
              <td data-title={c.sent}>{figure(row.count)}</td>
              {across ? null : (
                <>
                  <td data-title={c.answered}>{row.answered}</td>
                  <td data-title={c.unanswered}>{row.unanswered}</td>
                  <td data-title={c.withdrawn}>{row.withdrawn}</td>
                </>
              )}
              <td data-title={c.median}>{length(row.medianMinutes, row)}</td>
              <td data-title={c.p90}>{length(row.p90Minutes, row)}</td>
              <td data-title={c.within}>{share(row)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** The days of the point that is chosen, if one is. */
function within(first: string | undefined, interval: Interval): { readonly from: string; readonly to: string } | undefined {
  if (first === undefined || !isDay(first)) return undefined;
  return { from: first, to: interval === "week" ? plusDays(first, 6) : lastOfMonth(first) };
}

/** Exactly those that the row counts, or the point of it, the first sent first. */
function Behind({ list: address, name, within }: { list: string; name: string; within: { readonly from: string; readonly to: string } | undefined }) {
  const t = text();
  const query = { ...Object.fromEntries(new URL(address, location.origin).searchParams), ...within, limit: 25 };
  const list = useList<Item>((cursor) => must(api.GET("/api/v1/reports/response-times/referrals", { params: { query: { ...query, ...cursor } } })), [JSON.stringify(query)]);
  const heading = useArrival(`${name} ${within?.from ?? ""}`);
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
