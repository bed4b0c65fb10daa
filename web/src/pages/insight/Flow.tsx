/** Which way hand-offs go: a row for each pair of agencies, and each figure leads to what it counts. */
import { type Schemas, api, must } from "../../api/client";
import { language, locale } from "../../i18n";
import { urgency } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { span } from "../../i18n/time";
import { Alert } from "../../ui/Alert";
import { Failed } from "../../ui/Failed";
import { Choice } from "../../ui/form";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { useAsked } from "../../ui/asked";
import { Behind, Count, Download, type Figure, Frame, Notes, PeriodFields, periodOf, seesAcross, text } from "./Frame";

type Report = Schemas["FlowReport"];
type Answers = Schemas["AnswersOut"];
type Group = "pair" | "sender" | "receiver" | "workflow" | "urgency";

/** The address is Norwegian, as the path is. */
const NAMES: Record<Group, string> = { pair: "", sender: "avsender", receiver: "mottaker", workflow: "arbeidsflyt", urgency: "hastegrad" };
const GROUPS = Object.keys(NAMES) as readonly Group[];
/** The six ways, in the order of the stripe. */
const WAYS = ["accepted", "declined", "returned", "forwarded", "withdrawn", "unanswered"] as const;
const MINUTE = 60_000;

export default function Flow() {
  const t = text();
  const [asked, go] = useAsked();
  const across = seesAcross();
  const group = across ? "pair" : (GROUPS.find((one) => NAMES[one] === (asked.fordelt ?? "")) ?? "pair");
  const query = { ...periodOf(asked), groupBy: group === "pair" ? "sender,receiver" : group };
  const found = useLoad(async () => (await must(api.GET("/api/v1/reports/flow", { params: { query } }))) as Report, [JSON.stringify(query)]);
  const report = found.data;
  const chosen = asked.bak ?? "";
  const choose = (bak: string) => go({ bak });
  return (
    <Frame here="flow" title={t.title} lead={t.lead}>
      <form class="stack no-print" role="search" onSubmit={(event) => event.preventDefault()}>
        {across ? null : <Choice name="flow-by" label={t.by} value={group} set={(by) => go({ fordelt: NAMES[by], bak: "" })} options={GROUPS.map((one) => [one, t.groups[one]] as const)} />}
        <PeriodFields asked={asked} go={go} />
      </form>
      {report?.acrossAgencies === true ? <Alert color="info">{t.across}</Alert> : null}
      {found.error === null ? null : <Failed error={found.error} again={found.again} />}
      {report === null ? (
        found.error === null ? <Loading /> : null
      ) : report.rows.length === 0 ? (
        <div class="empty">
          <p>{t.none}</p>
        </div>
      ) : (
        <>
          <Table report={report} group={group} chosen={chosen} choose={choose} />
          <Download name="flyt" get={() => must(api.GET("/api/v1/reports/flow", { params: { query }, headers: { accept: "text/csv" }, parseAs: "blob" }))} />
          <Others report={report} chosen={chosen} choose={choose} />
          {chosen === "" ? null : <Behind list={chosen} title={titleOf(report, group, chosen) ?? t.title} none={t.none} />}
        </>
      )}
      <Notes notes={t.notes} />
    </Frame>
  );
}

function nameOf(row: Report["rows"][number], group: Group): string {
  if (group === "pair") return text().pair(row.sender?.name ?? "", row.receiver?.name ?? "");
  if (group === "workflow") return row.workflow?.title ?? "";
  if (group === "urgency") return capital(term(urgency, row.urgency ?? ""));
  return row[group]?.name ?? "";
}

/** What the figure with a list is called. */
function titleOf(report: Report, group: Group, list: string): string | undefined {
  const t = text();
  const rows = [...report.rows.map((row) => [nameOf(row, group), row] as const), [t.total, { ...report.total, reasons: report.reasons }] as const];
  for (const [name, row] of rows) {
    for (const way of ["sent", ...WAYS] as const) if (row[way].list === list) return t.behind(t.columns[way], name);
    for (const reason of row.reasons) if (reason.list === list) return t.behind(capital(reason.title), name);
  }
  const { disputes } = report;
  const others: readonly (readonly [Figure, string])[] = [
    [disputes, t.behind(t.disputes, t.disputed.all)],
    [disputes.settled, t.behind(t.disputes, t.disputed.settled)],
    [disputes.running, t.behind(t.disputes, t.disputed.running)],
    [report.rounds, t.rounds],
    [report.repeats, t.repeats],
  ];
  return others.find(([figure]) => figure.list === list)?.[1];
}

interface Choosing {
  readonly chosen: string;
  readonly choose: (list: string) => void;
}

function Table({ report, group, chosen, choose }: { report: Report; group: Group } & Choosing) {
  const t = text();
  return (
    <table class="figures">
      <caption class="visually-hidden">{t.title}</caption>
      <thead>
        <tr>
          <th scope="col">{t.groups[group]}</th>
          {Object.entries(t.columns).map(([column, title]) => (
            <th key={column} scope="col">
              {title}
              <Key way={column} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {report.rows.map((row) => (
          <Row key={nameOf(row, group)} name={nameOf(row, group)} answers={row} chosen={chosen} choose={choose} />
        ))}
      </tbody>
      <tfoot>
        <Row name={t.total} answers={report.total} chosen={chosen} choose={choose} />
      </tfoot>
    </table>
  );
}

function Row({ name, answers, chosen, choose }: { name: string; answers: Answers } & Choosing) {
  const t = text();
  const percent = new Intl.NumberFormat(locale(), { style: "percent" });
  const rate = answers.acceptRate;
  return (
    <tr data-chosen={(["sent", ...WAYS] as const).some((way) => chosen !== "" && answers[way].list === chosen)}>
      <th scope="row">
        {name}
        <Stripe answers={answers} />
      </th>
      {(["sent", ...WAYS] as const).map((way) => (
        <td key={way} data-title={t.columns[way]}>
          <Count figure={answers[way]} label={t.show(t.columns[way], name)} chosen={chosen} choose={choose} />
        </td>
      ))}
      <td data-title={t.columns.accept}>{rate == null ? t.noShare : t.share(percent.format(rate.share), String(rate.of))}</td>
    </tr>
  );
}

/** The figures of a row as a stripe, for the eye: the same as stands beside it. Where one is hidden there is none. */
function Stripe({ answers }: { answers: Answers }) {
  const counts = WAYS.map((way) => answers[way].count);
  const sent = answers.sent.count;
  if (sent == null || sent === 0 || counts.some((count) => count == null)) return null;
  let from = 0;
  const parts = WAYS.map((way, place) => {
    const width = ((counts[place] ?? 0) / sent) * 100;
    const part = { way, from, width };
    from += width;
    return part;
  });
  return (
    <svg class="stripe" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      {parts.map(({ way, from, width }) => (
        <rect key={way} class={`way-${way}`} x={from} width={width} y="0" height="6" />
      ))}
    </svg>
  );
}

/** The colour that a way has in the stripe, below its name. */
function Key({ way }: { way: string }) {
  if (!WAYS.some((one) => one === way)) return null;
  return (
    <svg class="stripe-key" viewBox="0 0 6 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class={`way-${way}`} width="6" height="6" />
    </svg>
  );
}

/** Reasons, disagreements, and what is sent round or anew. */
function Others({ report, chosen, choose }: { report: Report } & Choosing) {
  const t = text();
  const { disputes } = report;
  const length = (minutes: number) => span(minutes * MINUTE, language.value === "nb");
  const figure = (figure: Figure, title: string) => (
    <div key={title}>
      <dt>{title}</dt>
      <dd>
        <Count figure={figure} label={t.show(title, t.total)} chosen={chosen} choose={choose} />
      </dd>
    </div>
  );
  return (
    <div class="figure-groups">
      <section aria-labelledby="flow-reasons">
        <h2 id="flow-reasons" class="ds-heading" data-size="xs">
          {t.reasons}
        </h2>
        {report.reasons.length === 0 ? <p class="subtle">{t.noReasons}</p> : <dl>{report.reasons.map((reason) => figure(reason, capital(reason.title)))}</dl>}
      </section>
      <section aria-labelledby="flow-disputes">
        <h2 id="flow-disputes" class="ds-heading" data-size="xs">
          {t.disputes}
        </h2>
        <dl>
          {figure(disputes, t.disputed.all)}
          {figure(disputes.settled, t.disputed.settled)}
          {figure(disputes.running, t.disputed.running)}
        </dl>
        {disputes.medianMinutes == null ? null : <p class="subtle">{t.lasted(length(disputes.medianMinutes))}</p>}
        {disputes.longestMinutes == null ? null : <p class="subtle">{t.longest(length(disputes.longestMinutes))}</p>}
      </section>
      <section aria-labelledby="flow-rounds">
        <h2 id="flow-rounds" class="ds-heading" data-size="xs">
          {t.rounds}
        </h2>
        <dl>
          {figure(report.rounds, t.rounds)}
          {figure(report.repeats, t.repeats)}
        </dl>
        <p class="subtle">{t.roundsLead}</p>
        <p class="subtle">{t.repeatsLead}</p>
      </section>
    </div>
  );
}
