/** Where the time of one referral went: a stripe for the eye, and a table that says the same. Each part leads to its event. */
import { useId, useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { moment, now, span } from "../../i18n/time";
import { Failed } from "../../ui/Failed";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { text } from "./words";
import "../insight/insight.css";

type Report = Schemas["TimeSpentOut"];
type Stretch = Report["stretches"][number];
/** Whose the time was: of whoever had the baton, of whom that waited for, or of nobody. */
type Whose = "own" | "waited" | "nobody";

const MINUTE = 60_000;

function length(minutes: number): string {
  return minutes === 0 ? "–" : span(minutes * MINUTE, language.value === "nb");
}

/** A button that opens and shuts the time of a referral. Whoever opens it has looked, and that is logged: so nobody does it for them. */
export function useSpent(reference: string) {
  const t = text().spent;
  const [open, setOpen] = useState(false);
  const id = useId();
  const button = (
    <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-expanded={open} aria-controls={id} aria-label={t.of(reference)} onClick={() => setOpen(!open)}>
      {t.title}
    </button>
  );
  return [button, open ? <Spent key={reference} id={id} reference={reference} /> : null] as const;
}

function Spent({ id, reference }: { id: string; reference: string }) {
  const t = text().spent;
  const found = useLoad(async () => (await must(api.GET("/api/v1/referrals/{id}/time-spent", { params: { path: { id: reference } } }))) as Report, [reference]);
  const spent = found.data;
  return (
    <section id={id} class="spent" aria-label={t.of(reference)}>
      {found.error === null ? null : <Failed error={found.error} again={found.again} />}
      {spent === null ? (
        found.error === null ? <Loading /> : null
      ) : spent.stretches.length === 0 ? (
        <p>{t.none}</p>
      ) : (
        <>
          <p>{told(spent)}</p>
          <Stripe spent={spent} />
          <Stretches spent={spent} />
          <Shares spent={spent} />
        </>
      )}
    </section>
  );
}

function whose(stretch: Stretch): Whose {
  if (stretch.waitsFor == null) return "nobody";
  return stretch.own ? "own" : "waited";
}

/** The longest part, in a sentence. */
function told(spent: Report): string {
  const t = text().spent;
  const longest = spent.stretches.reduce((before, one) => (one.minutes > before.minutes ? one : before));
  const whole = spent.over ? t.over(length(spent.minutes)) : t.soFar(length(spent.minutes));
  return `${whole} ${t.longest(length(longest.minutes), longest.title, longest.waitsFor?.name ?? t.nobody)}`;
}

/** For the eye alone: the table says the same. */
function Stripe({ spent }: { spent: Report }) {
  let from = 0;
  const parts = spent.stretches.map((stretch) => {
    const width = spent.minutes === 0 ? 0 : (stretch.minutes / spent.minutes) * 100;
    const part = { stretch, from, width };
    from += width;
    return part;
  });
  return (
    <svg class="stripe spent-stripe" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      {parts.map(({ stretch, from, width }) => (
        <rect key={stretch.from} class={`spent-${whose(stretch)}`} x={from} width={width} y="0" height="6">
          <title>{`${stretch.title}: ${length(stretch.minutes)}`}</title>
        </rect>
      ))}
    </svg>
  );
}

function Key({ of }: { of: Whose }) {
  return (
    <svg class="spent-key" viewBox="0 0 6 6" aria-hidden="true">
      <rect class={`spent-${of}`} width="6" height="6" />
    </svg>
  );
}

function Headings({ of }: { of: Readonly<Record<string, string>> }) {
  return (
    <thead>
      <tr>
        {Object.entries(of).map(([column, title]) => (
          <th key={column} scope="col">
            {title}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Stretches({ spent }: { spent: Report }) {
  const t = text().spent;
  const c = t.columns;
  return (
    <table class="figures">
      <caption class="visually-hidden">{t.stretches}</caption>
      <Headings of={c} />
      <tbody>
        {spent.stretches.map((stretch) => (
          <tr key={stretch.from}>
            <th scope="row">
              <a class="ds-link" href={`/formidling/${spent.reference}?hendelse=${stretch.event}`}>
                {stretch.disputed ? t.disputed : stretch.title}
              </a>
              <span class="subtle">
                {" "}
                {stretch.receiver == null ? stretch.sender.name : t.leg(String(stretch.leg), stretch.sender.name, stretch.receiver.name)}
              </span>
            </th>
            <td data-title={c.since}>{moment(Date.parse(stretch.from), language.value, now.value)}</td>
            <td data-title={c.holder}>{stretch.holder.name}</td>
            <td data-title={c.waitsFor}>
              <span>
                <Key of={whose(stretch)} /> {stretch.waitsFor == null ? t.nobody : stretch.own ? t.own : stretch.waitsFor.name}
              </span>
            </td>
            <td data-title={c.wall}>{length(stretch.minutes)}</td>
            <td data-title={c.open}>{stretch.openMinutes == null ? "–" : length(stretch.openMinutes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Shares({ spent }: { spent: Report }) {
  const t = text().spent;
  const c = t.shares;
  return (
    <table class="figures">
      <caption class="visually-hidden">{t.byAgency}</caption>
      <Headings of={c} />
      <tbody>
        {spent.agencies.map((share) => (
          <tr key={share.agency.id}>
            <th scope="row">{share.agency.name}</th>
            <td data-title={c.own}>{length(share.ownMinutes)}</td>
            <td data-title={c.waiting}>{length(share.waitingMinutes)}</td>
            <td data-title={c.awaited}>{length(share.awaitedMinutes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
