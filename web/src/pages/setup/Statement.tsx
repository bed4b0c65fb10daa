/** How an agreement was kept, month by month. Each figure leads to the limits that it counts. */
import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { language, locale } from "../../i18n";
import { capital } from "../../i18n/terms";
import { moment, now, span } from "../../i18n/time";
import { Urgency } from "../../referral/Marks";
import { Failed } from "../../ui/Failed";
import { ListOf, useList } from "../../ui/list";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { Reference, useArrival } from "../follow/Page";
import { Count, Download } from "../insight/Frame";
import { text } from "./Agreements";

type Report = Schemas["AgreementStatement"];
type Month = Report["months"][number];
type Item = Schemas["StatementItem"];

const MINUTE = 60_000;
/** The four ways, and of one of them a part. */
const WAYS = ["all", "within", "late", "unanswered", "overdue", "withdrawn"] as const;

interface Props {
  readonly agency: string;
  readonly agreement: string;
  readonly name: string;
}

export default function Statement({ agency, agreement, name }: Props) {
  const t = text().statement;
  const path = { agency, agreement };
  // The same address gives a table to whoever asks for one, which this does not.
  const found = useLoad(async () => (await must(api.GET("/api/v1/agencies/{agency}/agreements/{agreement}/statement", { params: { path } }))) as Report, [agency, agreement]);
  const [chosen, choose] = useState("");
  const report = found.data;
  const months = report?.months.toReversed().filter(({ handoffs }) => handoffs.count !== 0) ?? [];
  return (
    <section class="stack insight" aria-label={t.of(name)}>
      {found.error === null ? null : <Failed error={found.error} again={found.again} />}
      {report === null ? (
        found.error === null ? <Loading /> : null
      ) : months.length === 0 ? (
        <p>{t.none}</p>
      ) : (
        <>
          <p class="subtle">{t.lead}</p>
          <Table months={months} chosen={chosen} choose={choose} name={name} />
          <Download
            name="avtale"
            get={() => must(api.GET("/api/v1/agencies/{agency}/agreements/{agreement}/statement", { params: { path }, headers: { accept: "text/csv" }, parseAs: "blob" }))}
          />
          {chosen === "" ? null : <Behind list={chosen} path={path} title={titleOf(months, chosen)} />}
        </>
      )}
    </section>
  );
}

function monthName({ month }: Month): string {
  return capital(new Intl.DateTimeFormat(locale(), { month: "long", year: "numeric", timeZone: "UTC" }).format(Date.parse(`${month}-01T00:00:00Z`)));
}

/** What the figure with a list is called. */
function titleOf(months: readonly Month[], list: string): string {
  const t = text().statement;
  for (const month of months) {
    if (month.handoffs.list === list) return t.behind(monthName(month), t.handoffs);
    for (const limit of month.limits) for (const way of WAYS) if (limit[way].list === list) return t.behind(`${monthName(month)}, ${limit.title.toLocaleLowerCase()}`, t.columns[way]);
  }
  return t.handoffs;
}

function Table({ months, chosen, choose, name }: { months: readonly Month[]; chosen: string; choose: (list: string) => void; name: string }) {
  const t = text().statement;
  const length = (minutes: number | null | undefined) => (minutes == null ? "–" : span(minutes * MINUTE, language.value === "nb"));
  const percent = new Intl.NumberFormat(locale(), { style: "percent" });
  return (
    <table class="figures statement">
      <caption class="visually-hidden">{t.of(name)}</caption>
      <thead>
        <tr>
          <th scope="col">{t.limit}</th>
          {WAYS.map((way) => (
            <th key={way} scope="col">
              {t.columns[way]}
            </th>
          ))}
          <th scope="col">{t.median}</th>
          <th scope="col">{t.share}</th>
        </tr>
      </thead>
      {months.map((month) => (
        <tbody key={month.month}>
          <tr>
            <th scope="rowgroup" colSpan={WAYS.length + 3}>
              {monthName(month)}: <Count figure={month.handoffs} label={t.show(t.handoffs, monthName(month))} chosen={chosen} choose={choose} /> {t.sent(month.handoffs.count ?? 0)}
            </th>
          </tr>
          {month.limits.map((limit) => (
            <tr key={limit.purpose} data-chosen={WAYS.some((way) => chosen !== "" && limit[way].list === chosen)}>
              <th scope="row">{limit.title}</th>
              {WAYS.map((way) => (
                <td key={way} data-title={t.columns[way]}>
                  <Count figure={limit[way]} label={t.show(t.columns[way], `${monthName(month)}, ${limit.title.toLocaleLowerCase()}`)} chosen={chosen} choose={choose} />
                </td>
              ))}
              <td data-title={t.median}>{length(limit.medianMinutes)}</td>
              <td data-title={t.share}>{limit.shareWithin == null ? "–" : percent.format(limit.shareWithin)}</td>
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  );
}

/** Exactly those that the figure counts, the first begun first. */
function Behind({ list: address, path, title }: { list: string; path: { agency: string; agreement: string }; title: string }) {
  const t = text().statement;
  const query = { ...Object.fromEntries(new URL(address, location.origin).searchParams), limit: 25 };
  const list = useList<Item>((cursor) => must(api.GET("/api/v1/agencies/{agency}/agreements/{agreement}/statement/referrals", { params: { path, query: { ...query, ...cursor } } })), [address]);
  const heading = useArrival(address);
  const at = (time: string) => moment(Date.parse(time), language.value, now.value);
  return (
    <section class="stack" aria-labelledby="statement-behind">
      <h4 id="statement-behind" class="ds-heading" data-size="2xs" ref={heading} tabIndex={-1}>
        {title}
      </h4>
      <ListOf
        list={list}
        none={t.none}
        label={title}
        row={(item) => (
          <li key={`${item.handoff} ${item.startedAt} ${item.purpose ?? ""}`}>
            <div>
              <Reference of={item.reference} />
              <span>{item.workflow.title}</span>
              <span class="subtle">
                {capital(t.sentAt(at(item.sentAt)))}. {t.due(at(item.dueAt))}
              </span>
            </div>
            <Urgency code={item.urgency} />
            <span class={item.outcome === "late" || item.outcome === "overdue" ? "late" : "subtle"}>
              {t.outcomes[item.outcome] ?? item.outcome}: {span(item.minutes * MINUTE, language.value === "nb")}
            </span>
          </li>
        )}
      />
    </section>
  );
}
