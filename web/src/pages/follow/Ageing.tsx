/** How old what is under way is: a row for each receiver, state or holder, and each figure leads to what it counts. */
import { type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { handoffState } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { moment, now, span } from "../../i18n/time";
import { Urgency } from "../../referral/Marks";
import { useAsked } from "../../ui/asked";
import { Failed } from "../../ui/Failed";
import { Choice } from "../../ui/form";
import { ListOf, useList } from "../../ui/list";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { Count, Download } from "../insight/Frame";
import { Reference, useArrival } from "./Page";
import { useSpent } from "./Spent";
import { text } from "./words";

const LIST = "/api/v1/reports/ageing/referrals?";

type Report = Schemas["AgeingReport"];
type Row = Report["rows"][number];
type Ages = Schemas["AgesOut"];
type Item = Schemas["AgeingItem"];
type Group = "receiver" | "state" | "holder";

/** The address is Norwegian, as the path is. */
const NAMES: Record<Group, string> = { receiver: "", state: "tilstand", holder: "pinnen" };
const GROUPS = Object.keys(NAMES) as readonly Group[];
const MINUTE = 60_000;

export function Ageing() {
  const t = text().ageing;
  const [asked, go] = useAsked();
  const group = GROUPS.find((one) => NAMES[one] === (asked.alder ?? "")) ?? "receiver";
  const query = { groupBy: group };
  // The same address gives a table to whoever asks for one, which this does not.
  const found = useLoad(async () => (await must(api.GET("/api/v1/reports/ageing", { params: { query } }))) as Report, [group]);
  const report = found.data;
  // An address that somebody made up leads nowhere.
  const chosen = asked.bak?.startsWith(LIST) === true ? asked.bak : "";
  const choose = (bak: string) => go({ bak });
  return (
    <section class="stack" aria-labelledby="ageing">
      <h2 id="ageing" class="ds-heading" data-size="sm">
        {t.title}
      </h2>
      <p class="subtle">{t.lead}</p>
      <Choice name="ageing-by" label={t.by} value={group} set={(by) => go({ alder: NAMES[by], bak: "" })} options={GROUPS.map((one) => [one, t.groups[one]] as const)} />
      {found.error === null ? null : <Failed error={found.error} again={found.again} />}
      {report === null ? (
        found.error === null ? <Loading /> : null
      ) : report.total.count === 0 ? (
        <div class="empty">
          <p>{t.none}</p>
        </div>
      ) : (
        <>
          <Table report={report} group={group} chosen={chosen} choose={choose} />
          <Download name="alder" get={() => must(api.GET("/api/v1/reports/ageing", { params: { query }, headers: { accept: "text/csv" }, parseAs: "blob" }))} />
          {chosen === "" ? null : <Behind list={chosen} title={titleOf(report, group, chosen) ?? t.title} />}
        </>
      )}
    </section>
  );
}

function nameOf(row: Row, group: Group): string {
  return group === "state" ? capital(term(handoffState, row.state ?? "")) : (row[group]?.name ?? "");
}

/** Two lists are one when they ask for the same, whenever that was. */
function same(one: string, other: string): boolean {
  const asked = (list: string) => {
    const { searchParams } = new URL(list, location.origin);
    searchParams.delete("asOf");
    return searchParams.toString();
  };
  return one === other || asked(one) === asked(other);
}

/** What the figure with a list is called. */
function titleOf(report: Report, group: Group, list: string): string | undefined {
  const t = text().ageing;
  const all: readonly (readonly [string, Ages])[] = [...report.rows.map((row) => [nameOf(row, group), row] as const), [t.total, report.total]];
  for (const [name, ages] of all) {
    if (same(ages.list, list)) return t.behind(name, t.all);
    for (const band of ages.bands) if (same(band.list, list)) return t.behind(name, t.bands[band.band] ?? band.band);
  }
  return undefined;
}

interface Choosing {
  readonly chosen: string;
  readonly choose: (list: string) => void;
}

function Table({ report, group, ...choosing }: { report: Report; group: Group } & Choosing) {
  const t = text().ageing;
  return (
    <table class="figures">
      <caption class="visually-hidden">{t.title}</caption>
      <thead>
        <tr>
          <th scope="col">{t.groups[group]}</th>
          {report.total.bands.map(({ band }, nth) => (
            <th key={band} scope="col">
              {t.bands[band] ?? band}
              <svg class="stripe-key" viewBox="0 0 6 6" preserveAspectRatio="none" aria-hidden="true">
                <rect class={`age-${String(nth)}`} width="6" height="6" />
              </svg>
            </th>
          ))}
          <th scope="col">{t.all}</th>
          <th scope="col">{t.oldest}</th>
        </tr>
      </thead>
      <tbody>
        {report.rows.map((row) => (
          <Line key={nameOf(row, group)} name={nameOf(row, group)} ages={row} {...choosing} />
        ))}
      </tbody>
      <tfoot>
        <Line name={t.total} ages={report.total} {...choosing} />
      </tfoot>
    </table>
  );
}

function Line({ name, ages, chosen, choose }: { name: string; ages: Ages } & Choosing) {
  const t = text().ageing;
  // The list of the address was asked for at another time than the one that stands here.
  const choice = (list: string) => (chosen !== "" && same(chosen, list) ? list : "");
  return (
    <tr data-chosen={chosen !== "" && [ages, ...ages.bands].some(({ list }) => same(chosen, list))}>
      <th scope="row">
        {name}
        <Stripe ages={ages} />
      </th>
      {ages.bands.map((band) => (
        <td key={band.band} data-title={t.bands[band.band] ?? band.band}>
          <Count figure={band} label={t.show(name, t.bands[band.band] ?? band.band)} chosen={choice(band.list)} choose={choose} />
        </td>
      ))}
      <td data-title={t.all}>
        <Count figure={ages} label={t.show(name, t.all)} chosen={choice(ages.list)} choose={choose} />
      </td>
      <td data-title={t.oldest}>{ages.oldestMinutes == null ? "–" : span(ages.oldestMinutes * MINUTE, language.value === "nb")}</td>
    </tr>
  );
}

/** The figures of a row as a stripe, for the eye: the same as stands beside it. */
function Stripe({ ages }: { ages: Ages }) {
  if (ages.count === 0) return null;
  let from = 0;
  const parts = ages.bands.map(({ band, count }) => {
    const width = (count / ages.count) * 100;
    const part = { band, from, width };
    from += width;
    return part;
  });
  return (
    <svg class="stripe" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      {parts.map(({ band, from, width }, nth) => (
        <rect key={band} class={`age-${String(nth)}`} x={from} width={width} y="0" height="6" />
      ))}
    </svg>
  );
}

/** Exactly those that the figure counts, the oldest first. */
function Behind({ list: address, title }: { list: string; title: string }) {
  const t = text().ageing;
  const query = { ...Object.fromEntries(new URL(address, location.origin).searchParams), limit: 25 };
  const list = useList<Item>((cursor) => must(api.GET("/api/v1/reports/ageing/referrals", { params: { query: { ...query, ...cursor } } })), [address]);
  const heading = useArrival(address);
  return (
    <section class="stack" aria-labelledby="ageing-behind">
      <h3 id="ageing-behind" class="ds-heading" data-size="xs" ref={heading} tabIndex={-1}>
        {title}
      </h3>
      <ListOf list={list} none={t.gone} label={title} row={(item) => <UnderWay key={item.id} item={item} />} />
    </section>
  );
}

function UnderWay({ item }: { item: Item }) {
  const t = text().ageing;
  const [button, spent] = useSpent(item.reference);
  return (
    <li class="with-spent">
      <div>
        <Reference of={item.reference} />
        <span>{t.way(item.workflow.title, item.sender.name, item.receiver.name)}</span>
        <span class="subtle">
          {item.disputed ? t.disputed : capital(term(handoffState, item.state))}. {t.holder(item.holder.name)}. {capital(t.sentAt(moment(Date.parse(item.firstSentAt), language.value, now.value)))}
        </span>
      </div>
      <Urgency code={item.urgency} />
      <span>{t.age(span(item.minutes * MINUTE, language.value === "nb"))}</span>
      {button}
      {spent}
    </li>
  );
}
