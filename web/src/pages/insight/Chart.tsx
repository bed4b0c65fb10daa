/** Response times week by week: what varies as it always does, and what stands out. Chart and table tell the same. */
import { scaleLinear, scaleUtc } from "d3-scale";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { language, locale, words } from "../../i18n";
import { insight as en } from "../../i18n/en/insight";
import { insight as nb } from "../../i18n/nb/insight";
import { span } from "../../i18n/time";
import { localDay } from "../../i18n/zone";
import { Failed } from "../../ui/Failed";
import { Choice } from "../../ui/form";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { Download } from "./Frame";
import { line } from "./line";

const text = words(nb, en);

type Report = Schemas["ResponseTimesChart"];
type Point = Schemas["ChartPoint"];

const MINUTE = 60_000;
const HEIGHT = 240;
const EDGE = { top: 12, right: 12, bottom: 28, left: 64 };
/** What a line of the axis is worth, in minutes. */
const UNITS = [24 * 60, 60, 1] as const;

export type Interval = "week" | "month";

interface Props {
  readonly query: Readonly<Record<string, string>>;
  readonly name: string;
  readonly interval: Interval;
  readonly setInterval: (interval: Interval) => void;
  readonly chosen: string;
  readonly choose: (day: string) => void;
}

/** The day by which a point is called. */
function dayOf(point: Point): string {
  return localDay(Date.parse(point.from));
}

export function Chart({ query, name, interval, setInterval, chosen, choose }: Props) {
  const t = text().chart;
  const asked = { ...query, interval };
  const found = useLoad(async () => (await must(api.GET("/api/v1/reports/response-times/chart", { params: { query: asked } }))) as Report, [JSON.stringify(asked)]);
  const report = found.data;
  return (
    <section class="stack" aria-labelledby="chart">
      <h2 id="chart" class="ds-heading" data-size="xs">
        {t.title(name)}
      </h2>
      <Choice name="chart-interval" label={t.by} value={interval} set={setInterval} options={[["week", t.week] as const, ["month", t.month] as const]} />
      {found.error === null ? null : <Failed error={found.error} again={found.again} />}
      {report === null ? (
        found.error === null ? <Loading /> : null
      ) : report.points.length === 0 ? (
        <p>{t.none}</p>
      ) : (
        <>
          <p>{told(report)}</p>
          <Drawing report={report} chosen={chosen} choose={choose} />
          <details>
            <summary>{t.table}</summary>
            <Table report={report} chosen={chosen} choose={choose} />
          </details>
          <Download name="svartider-over-tid" get={() => must(api.GET("/api/v1/reports/response-times/chart", { params: { query: asked }, headers: { accept: "text/csv" }, parseAs: "blob" }))} />
        </>
      )}
    </section>
  );
}

/** Whether fewer than half are answered, so that nobody knows within which time half will be. */
function waits(point: Point): boolean {
  return point.medianMinutes == null && point.count > 0;
}

/** What the chart says, in a sentence. */
function told(report: Report): string {
  const t = text().chart;
  const { centreMinutes, upperMinutes, trial, basis } = report;
  const waiting = report.points.filter(waits).length;
  const unknown = waiting === 0 ? "" : t.waiting(String(waiting));
  if (centreMinutes == null || upperMinutes == null) return `${t.tooFew} ${unknown}`.trim();
  const out = report.points.filter((point) => point.signals.length > 0).length;
  const length = (minutes: number) => span(minutes * MINUTE, language.value === "nb");
  return [t.usual(length(centreMinutes), length(upperMinutes)), trial ? t.trial(String(basis)) : "", out === 0 ? t.nothing : t.out(String(out)), unknown].filter((part) => part !== "").join(" ");
}

function when(point: Point): string {
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", year: "numeric", timeZone: "Europe/Oslo" }).format(Date.parse(point.from));
}

function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(640);
  useEffect(() => {
    if (box.current === null) return undefined;
    const watch = new ResizeObserver(([entry]) => entry !== undefined && setWidth(Math.max(240, entry.contentRect.width)));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  return [box, width] as const;
}

/** For the eye; whoever does not see it has the sentence above and the table below. */
function Drawing({ report, chosen, choose }: { report: Report; chosen: string; choose: (day: string) => void }) {
  const [box, width] = useWidth();
  const known = report.points.filter((point) => point.medianMinutes != null);
  const highest = Math.max(report.upperMinutes ?? 0, ...known.map((point) => point.medianMinutes ?? 0), 1);
  const unit = UNITS.find((one) => highest >= 3 * one) ?? 1;
  const first = report.points[0];
  const last = report.points.at(-1);
  if (first === undefined || last === undefined) return null;
  const x = scaleUtc([new Date(first.from), new Date(last.to)], [EDGE.left, width - EDGE.right]);
  const y = scaleLinear([0, highest / unit], [HEIGHT - EDGE.bottom, EDGE.top]).nice(5);
  const middle = (point: Point) => x(new Date((Date.parse(point.from) + Date.parse(point.to)) / 2));
  const level = (minutes: number) => y(minutes / unit);
  const month = new Intl.DateTimeFormat(locale(), { month: "short", year: "2-digit", timeZone: "UTC" });
  const path = line(report.points.map((point) => (point.medianMinutes == null ? null : [middle(point), level(point.medianMinutes)])));
  const limits = [
    ["limit", report.upperMinutes],
    ["centre", report.centreMinutes],
    ["limit", report.lowerMinutes],
  ] as const;
  return (
    <div ref={box}>
      <svg class="control-chart" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
        {y.ticks(5).map((tick) => (
          <g key={tick}>
            <line class="grid" x1={EDGE.left} x2={width - EDGE.right} y1={y(tick)} y2={y(tick)} />
            <text x={EDGE.left - 8} y={y(tick)} dy="0.32em" text-anchor="end">
              {tick === 0 ? "0" : span(tick * unit * MINUTE, language.value === "nb")}
            </text>
          </g>
        ))}
        {x.ticks(Math.max(2, Math.floor(width / 110))).map((tick) => (
          <text key={tick.getTime()} x={x(tick)} y={HEIGHT - 8} text-anchor="middle">
            {month.format(tick)}
          </text>
        ))}
        {limits.map(([kind, minutes], nth) => (minutes == null ? null : <line key={nth} class={kind} x1={EDGE.left} x2={width - EDGE.right} y1={level(minutes)} y2={level(minutes)} />))}
        <path class="line" d={path} />
        {report.points.filter(waits).map((point) => {
          const day = dayOf(point);
          return (
            <circle key={day} class="mark waiting" data-chosen={day === chosen} cx={middle(point)} cy={EDGE.top} r={5} onClick={() => choose(day === chosen ? "" : day)}>
              <title>{`${when(point)}: ${text().unknown}`}</title>
            </circle>
          );
        })}
        {known.map((point) => {
          const day = dayOf(point);
          return (
            <circle
              key={day}
              class={point.signals.length > 0 ? "mark out" : "mark"}
              data-chosen={day === chosen}
              cx={middle(point)}
              cy={level(point.medianMinutes ?? 0)}
              r={point.signals.length > 0 ? 6 : 4}
              onClick={() => choose(day === chosen ? "" : day)}
            >
              <title>{`${when(point)}: ${span((point.medianMinutes ?? 0) * MINUTE, language.value === "nb")}`}</title>
            </circle>
          );
        })}
      </svg>
    </div>
  );
}

function Table({ report, chosen, choose }: { report: Report; chosen: string; choose: (day: string) => void }) {
  const t = text();
  const c = t.chart;
  const length = (point: Point) => (point.medianMinutes == null ? (point.count === 0 ? "–" : t.unknown) : span(point.medianMinutes * MINUTE, language.value === "nb"));
  return (
    <table class="figures">
      <caption class="visually-hidden">{c.table}</caption>
      <thead>
        <tr>
          <th scope="col">{report.interval === "week" ? c.weekFrom : c.month}</th>
          <th scope="col">{t.columns.sent}</th>
          <th scope="col">{t.columns.answered}</th>
          <th scope="col">{t.columns.median}</th>
          <th scope="col">{c.late}</th>
          <th scope="col">{c.standsOut}</th>
        </tr>
      </thead>
      <tbody>
        {report.points.map((point) => {
          const day = dayOf(point);
          return (
            <tr key={day} data-chosen={day === chosen}>
              <th scope="row">
                <button type="button" class="ds-link as-link" aria-pressed={day === chosen} onClick={() => choose(day === chosen ? "" : day)}>
                  {when(point)}
                </button>
              </th>
              <td data-title={t.columns.sent}>{point.count}</td>
              <td data-title={t.columns.answered}>{point.answered}</td>
              <td data-title={t.columns.median}>{length(point)}</td>
              <td data-title={c.late}>{point.late}</td>
              <td data-title={c.standsOut}>{point.signals.map((signal) => c.signals[signal] ?? signal).join(", ") || "–"}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
