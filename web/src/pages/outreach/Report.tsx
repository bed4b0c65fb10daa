/** What the register adds up to: in words, as a table and as a curve of months. The three say the same. */
import { type Schemas, api, must } from "../../api/client";
import { locale } from "../../i18n";
import { capital } from "../../i18n/terms";
import { now } from "../../i18n/time";
import { localDay } from "../../i18n/zone";
import { Alert } from "../../ui/Alert";
import { useAsked } from "../../ui/asked";
import { Failed } from "../../ui/Failed";
import { Select } from "../../ui/form";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { Download, Notes, text as insight } from "../insight/Frame";
import { text } from "./Frame";
import { type Period, months, thirdOf, thirdsUpTo } from "./periods";

type Report = Schemas["OutreachReport"];
type Compared = Schemas["OutreachFigure"];

export function ReportOf({ across }: { across: boolean }) {
  const t = text().report;
  const [asked, go] = useAsked();
  const today = localDay(now.value);
  const offered: readonly Period[] = across ? thirdsUpTo(today, true) : [...months(today), ...thirdsUpTo(today, false)];
  const chosen = offered.find(({ name }) => name === asked.periode) ?? offered[0];
  const query = { from: chosen?.from ?? today, to: chosen?.to ?? today };
  // The same address gives a table to whoever asks for one, which this does not.
  const found = useLoad(async () => (await must(api.GET("/api/v1/reports/outreach", { params: { query } }))) as Report, [JSON.stringify(query)]);
  const report = found.data;
  return (
    <div class="stack outreach-report">
      <form class="stack no-print" role="search" onSubmit={(event) => event.preventDefault()}>
        <Select id="outreach-period" label={t.period} value={chosen?.name ?? ""} set={(periode) => go({ periode })} options={offered.map((period) => [period.name, called(period)] as const)} />
      </form>
      {across ? <Alert color="info">{t.across}</Alert> : null}
      {found.error === null ? null : <Failed error={found.error} again={found.again} />}
      {report === null ? (
        found.error === null ? <Loading /> : null
      ) : report.patrols.count === 0 && report.persons.count === 0 ? (
        <div class="empty">
          <p>{t.none}</p>
        </div>
      ) : (
        <>
          <p class="outreach-summary">{report.summary}</p>
          <div class="figure-pairs">
            <Sums report={report} />
            {(["acquaintances", "ages", "sexes", "needs", "outcomes"] as const).map((breakdown) => (
              <Beside key={breakdown} title={t.breakdowns[breakdown]} rows={report[breakdown].filter(({ count, before }) => count !== 0 || before !== 0).map((part) => [capital(part.title), part] as const)} />
            ))}
            {report.arenas.length === 0 ? null : <Met title={t.arenas} rows={report.arenas.map((figures) => [figures.arena.name, figures] as const)} />}
          </div>
          {report.months.length === 0 ? null : <Curve report={report} />}
          <Download name="uteregister" get={() => must(api.GET("/api/v1/reports/outreach", { params: { query }, headers: { accept: "text/csv" }, parseAs: "blob" }))} />
        </>
      )}
      <Notes notes={t.notes} />
    </div>
  );
}

function called({ name, from }: Period): string {
  if (/-t\d$/.test(name)) return insight().thirdOf(thirdOf(from), from.slice(0, 4));
  return capital(new Intl.DateTimeFormat(locale(), { month: "long", year: "numeric", timeZone: "UTC" }).format(Date.parse(`${from}T12:00:00Z`)));
}

function Sums({ report }: { report: Report }) {
  const t = text().report;
  const rows: (readonly [string, Compared])[] = (["patrols", "persons", "clients", "missing"] as const).map((sum) => [t.rows[sum], report[sum]] as const);
  if (report.notified != null) rows.push([t.rows.sent, report.notified.sent], [t.rows.found, report.notified.found]);
  return <Beside title={t.sums} rows={rows} />;
}

/** Figures, each beside that of the year before. */
function Beside({ title, rows }: { title: string; rows: readonly (readonly [string, Compared])[] }) {
  const t = text().report;
  return <Table title={title} heads={[t.now, t.before]} rows={rows.map(([name, { count, before }]) => [name, [count, before]] as const)} />;
}

/** Patrols, persons, and how many of them were new. */
function Met({ title, rows }: { title: string; rows: readonly (readonly [string, { readonly patrols: number; readonly persons: number; readonly new: number }])[] }) {
  const t = text().report;
  const figures = rows.map(([name, { patrols, persons, new: fresh }]) => [name, [patrols, persons, fresh]] as const);
  return <Table title={title} heads={[t.patrols, t.persons, t.fresh]} rows={figures} />;
}

/** A figure that is hidden says so. */
function Table(props: { title: string; heads: readonly string[]; rows: readonly (readonly [string, readonly (number | null | undefined)[]])[] }) {
  const { heads } = props;
  return (
    <table class="figures">
      <caption class="ds-heading" data-size="2xs">
        {props.title}
      </caption>
      <thead>
        <tr>
          <td />
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.rows.map(([name, figures]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {figures.map((figure, at) => (
              <td key={heads[at]} data-title={heads[at]}>
                {figure ?? <span class="subtle">{insight().hidden}</span>}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const [WIDE, HIGH] = [240, 60];

/** A bar for each month, for the eye: the table below it says the same. */
function Curve({ report }: { report: Report }) {
  const t = text().report;
  const most = Math.max(1, ...report.months.map(({ persons }) => persons));
  const step = WIDE / report.months.length;
  const name = (month: string, whole = true) => capital(new Intl.DateTimeFormat(locale(), { month: "short", ...(whole ? { year: "numeric" } : {}), timeZone: "UTC" }).format(Date.parse(`${month}-15T12:00:00Z`)));
  return (
    <section class="stack" aria-labelledby="outreach-months">
      <h2 id="outreach-months" class="ds-heading" data-size="xs">
        {t.months}
      </h2>
      <p class="subtle">{t.chart}</p>
      <svg class="month-chart" viewBox={`0 0 ${WIDE} ${HIGH + 1}`} preserveAspectRatio="none" aria-hidden="true">
        {report.months.map(({ month, persons, new: fresh }, at) => {
          const [height, part] = [(persons / most) * HIGH, (fresh / most) * HIGH];
          return (
            <g key={month}>
              <rect class="bar" x={at * step + step * 0.15} width={step * 0.7} y={HIGH - height} height={height} />
              <rect class="bar-new" x={at * step + step * 0.15} width={step * 0.7} y={HIGH - part} height={part} />
            </g>
          );
        })}
        <line class="axis" x1="0" x2={WIDE} y1={HIGH} y2={HIGH} />
      </svg>
      <p class="month-names subtle" aria-hidden="true">
        {report.months.map(({ month }) => (
          <span key={month}>{name(month, false).slice(0, 3)}</span>
        ))}
      </p>
      <p class="month-key subtle" aria-hidden="true">
        <span>
          <svg class="month-chart" viewBox="0 0 6 6">
            <rect class="bar" width="6" height="6" />
          </svg>
          {t.persons}
        </span>
        <span>
          <svg class="month-chart" viewBox="0 0 6 6">
            <rect class="bar-new" width="6" height="6" />
          </svg>
          {t.fresh}
        </span>
      </p>
      <Met title={t.eachMonth} rows={report.months.map((figures) => [name(figures.month), figures] as const)} />
    </section>
  );
}
