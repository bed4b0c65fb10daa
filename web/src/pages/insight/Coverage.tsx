/** What nobody takes: each need with who may take it, who did, and what is left. */
import { type Schemas, api, must } from "../../api/client";
import { ageBand, residenceStatus } from "../../i18n/codes";
import { words } from "../../i18n";
import { coverage as en } from "../../i18n/en/coverage";
import { coverage as nb } from "../../i18n/nb/coverage";
import { capital, places, term } from "../../i18n/terms";
import { Alert } from "../../ui/Alert";
import { Failed } from "../../ui/Failed";
import { Select } from "../../ui/form";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { useAsked } from "../../ui/asked";
import { Behind, Count, Download, Frame, Notes, PeriodFields, periodOf, text as common } from "./Frame";

const text = words(nb, en);

type Report = Schemas["CoverageReport"];
type Row = Schemas["CoverageRow"];
type Residence = keyof typeof residenceStatus.nb;

const FIGURES = ["sent", "accepted", "declined", "unanswered", "unmet"] as const;

export default function Coverage() {
  const t = text();
  const c = common();
  const [asked, go] = useAsked();
  const area = asked.sted ?? "";
  const residence = Object.keys(residenceStatus.nb).find((one): one is Residence => one === asked.opphold);
  const query = { ...periodOf(asked), ...(area === "" ? {} : { area }), ...(residence === undefined ? {} : { residence }) };
  const found = useLoad(async () => (await must(api.GET("/api/v1/reports/coverage", { params: { query } }))) as Report, [JSON.stringify(query)]);
  const report = found.data;
  const chosen = asked.bak ?? "";
  const choose = (bak: string) => go({ bak });
  const statuses = Object.keys(residenceStatus.nb).map((one) => [one, capital(term(residenceStatus, one))] as const);
  return (
    <Frame here="coverage" title={t.title} lead={t.lead}>
      <form class="stack no-print" role="search" onSubmit={(event) => event.preventDefault()}>
        <PeriodFields asked={asked} go={go} />
        <div class="pair">
          <Select id="coverage-area" label={t.area} value={area} set={(sted) => go({ sted })} options={[["", t.anywhere], ...places()]} />
          <Select id="coverage-residence" label={t.residence} value={residence ?? ""} set={(opphold) => go({ opphold })} options={[["", t.anybody], ...statuses]} />
        </div>
        <p class="subtle">{t.narrows}</p>
      </form>
      {report?.acrossAgencies === true ? <Alert color="info">{c.across}</Alert> : null}
      {found.error === null ? null : <Failed error={found.error} again={found.again} />}
      {report === null ? (
        found.error === null ? <Loading /> : null
      ) : (
        <>
          <Needs rows={report.rows} chosen={chosen} choose={choose} />
          <Download name="dekning" get={() => must(api.GET("/api/v1/reports/coverage", { params: { query }, headers: { accept: "text/csv" }, parseAs: "blob" }))} />
          {chosen === "" ? null : <Behind list={chosen} title={titleOf(report, chosen) ?? t.title} none={c.none} />}
          <TakersMap report={report} />
          <Left report={report} />
        </>
      )}
      <Notes notes={t.notes} />
    </Frame>
  );
}

/** What the figure with a list is called. */
function titleOf(report: Report, list: string): string | undefined {
  const t = text();
  const c = common();
  for (const row of report.rows) {
    const name = capital(row.title);
    for (const figure of FIGURES) if (row[figure].list === list) return c.behind(figure === "unmet" ? t.unmet : t.columns[figure], name);
    for (const one of row.takenBy) if (one.list === list) return c.behind(t.columns.takers, `${one.agency.name}, ${row.title}`);
    for (const one of row.reasons) if (one.list === list) return c.behind(capital(one.title), name);
  }
  return undefined;
}

interface Choosing {
  readonly chosen: string;
  readonly choose: (list: string) => void;
}

function Needs({ rows, chosen, choose }: { rows: readonly Row[] } & Choosing) {
  const t = text();
  const c = common();
  return (
    <table class="figures">
      <caption class="visually-hidden">{t.title}</caption>
      <thead>
        <tr>
          <th scope="col">{t.need}</th>
          {Object.entries(t.columns).map(([column, title]) => (
            <th key={column} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.need}>
            <th scope="row">{capital(row.title)}</th>
            {FIGURES.map((figure) => (
              <td key={figure} data-title={t.columns[figure]}>
                <Count figure={row[figure]} label={c.show(t.columns[figure], row.title)} chosen={chosen} choose={choose} />
              </td>
            ))}
            <td data-title={t.columns.takers}>
              <Parts parts={row.takenBy.map((one) => [one.agency.name, one] as const)} label={(name) => c.show(t.columns.takers, `${name}, ${row.title}`)} chosen={chosen} choose={choose} />
            </td>
            <td data-title={t.columns.reasons}>
              <Parts parts={row.reasons.map((one) => [capital(one.title), one] as const)} label={(name) => c.show(name, row.title)} chosen={chosen} choose={choose} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Parts({ parts, label, chosen, choose }: { parts: readonly (readonly [string, Schemas["FigureOut"]])[]; label: (name: string) => string } & Choosing) {
  if (parts.length === 0) return <span class="subtle">{text().nothing}</span>;
  return (
    <ul class="parts">
      {parts.map(([name, figure]) => (
        <li key={name}>
          {name} <Count figure={figure} label={label(name)} chosen={chosen} choose={choose} />
        </li>
      ))}
    </ul>
  );
}

/** Needs by ages: how many may take it, and where somebody is left out. Who they are is told below each number. */
function TakersMap({ report: { rows, agencies } }: { report: Report }) {
  const t = text();
  const names = Object.fromEntries(agencies.map(({ slug, name }) => [slug, name]));
  const [first] = rows;
  return (
    <section class="stack" aria-labelledby="coverage-map">
      <h2 id="coverage-map" class="ds-heading" data-size="xs">
        {t.map}
      </h2>
      <p class="subtle">{t.mapLead}</p>
      <table class="figures">
        <caption class="visually-hidden">{t.map}</caption>
        <thead>
          <tr>
            <th scope="col">{t.need}</th>
            {first?.mayTake.map((cell) => (
              <th key={cell.age} scope="col">
                {capital(term(ageBand, cell.age))}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.need}>
              <th scope="row">{capital(row.title)}</th>
              {row.mayTake.map((cell) => (
                <td key={cell.age} data-title={capital(term(ageBand, cell.age))} data-gap={cell.leavesOut}>
                  <Cell cell={cell} need={row.title} names={names} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({ cell, need, names }: { cell: Schemas["CoverageCell"]; need: string; names: Readonly<Record<string, string>> }) {
  const t = text();
  const age = term(ageBand, cell.age);
  const gap = cell.leavesOut ? <strong class="late"> {t.gap}</strong> : null;
  if (cell.agencies.length === 0) {
    return (
      <span>
        {t.nobody}
        {gap}
      </span>
    );
  }
  const count = String(cell.agencies.length);
  return (
    <details class="takers">
      <summary aria-label={`${t.choose(need, age, count)}${cell.leavesOut ? `, ${t.gap}` : ""}`}>
        {count}
        {gap}
      </summary>
      <ul class="parts">
        {cell.agencies.map((slug) => (
          <li key={slug}>{names[slug] ?? slug}</li>
        ))}
      </ul>
    </details>
  );
}

function Left({ report }: { report: Report }) {
  const t = text();
  return (
    <section class="stack" aria-labelledby="coverage-left">
      <h2 id="coverage-left" class="ds-heading" data-size="xs">
        {t.left}
      </h2>
      {report.nobody.length === 0 ? (
        <p>{t.leftNone}</p>
      ) : (
        <ul class="points">
          {report.nobody.map((one) => (
            <li key={one.text}>
              {one.text} {one.outsideDirectory ? <span class="subtle">{t.outside}</span> : null}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
