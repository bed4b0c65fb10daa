/** What the pages of figures have in common: the way between them, the period, a figure that leads to its list, and the list. */
import type { ComponentChildren } from "preact";
import { me } from "../../api/session";
import { type Schemas, api, must } from "../../api/client";
import { language, words } from "../../i18n";
import { need } from "../../i18n/codes";
import { flow as en } from "../../i18n/en/flow";
import { flow as nb } from "../../i18n/nb/flow";
import { capital, term } from "../../i18n/terms";
import { moment, now, span } from "../../i18n/time";
import { isDay, localDay, plusDays } from "../../i18n/zone";
import { holds, registers } from "../../shell/roles";
import { Urgency } from "../../referral/Marks";
import { Select, Summary, TextField, useSaving } from "../../ui/form";
import { save } from "../../ui/save";
import { Tabs } from "../../ui/Tabs";
import { useFocus, useTitle } from "../../ui/title";
import { ListOf, useList } from "../../ui/list";
import { Reference, useArrival } from "../follow/Page";
import { endOf, thirds } from "./thirds";
import "./insight.css";

export const text = words(nb, en);

export type Figure = Schemas["FigureOut"];

const MINUTE = 60_000;
/** As far back as one looks when one asks for nothing else. */
const DAYS = 90;

type Tab = "times" | "flow" | "coverage" | "outreach";
const TABS: readonly (readonly [Tab, string])[] = [
  ["times", "/innsyn"],
  ["flow", "/innsyn/flyt"],
  ["coverage", "/innsyn/dekning"],
  ["outreach", "/innsyn/ute"],
];

/** The outreach register adds up to something for those who see across agencies, and for those who keep one. */
function offered(tab: Tab): boolean {
  return tab !== "outreach" || seesAcross() || (me.value !== null && registers(me.value).length > 0);
}

export function Frame(props: { here: Tab; title: string; lead: string; children: ComponentChildren }) {
  const t = text().tabs;
  const heading = useFocus<HTMLHeadingElement>();
  useTitle(props.title);
  const here = TABS.find(([tab]) => tab === props.here)?.[1] ?? "";
  return (
    <section class="page wide insight">
      <Tabs label={t.label} here={here} tabs={TABS.filter(([tab]) => offered(tab)).map(([tab, path]) => [path, t[tab]] as const)} />
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {props.title}
        </h1>
        <p class="subtle">{props.lead}</p>
      </div>
      {props.children}
    </section>
  );
}

/** Whether figures go across agencies: then they are of a third of a year, masked, and without lists. */
export function seesAcross(): boolean {
  return me.value !== null && holds(me.value, "auditor", "coordinator");
}

interface PeriodOf {
  readonly from?: string;
  readonly to?: string;
}

/** The period of the address. */
export function periodOf(asked: Readonly<Record<string, string>>): PeriodOf {
  const today = localDay(now.value);
  if (seesAcross()) {
    const from = thirds(today).find((third) => third === asked.fra) ?? thirds(today)[0] ?? today;
    return { from, to: endOf(from) };
  }
  const from = asked.fra ?? plusDays(today, -DAYS);
  const to = asked.til ?? "";
  return { ...(isDay(from) ? { from } : {}), ...(isDay(to) ? { to } : {}) };
}

export function PeriodFields({ asked, go }: { asked: Readonly<Record<string, string>>; go: (change: Readonly<Record<string, string>>) => void }) {
  const t = text();
  const today = localDay(now.value);
  if (seesAcross()) {
    const options = thirds(today).map((third) => [third, t.thirdOf((Number(third.slice(5, 7)) - 1) / 4, third.slice(0, 4))] as const);
    return <Select id="insight-third" label={t.third} value={periodOf(asked).from ?? ""} set={(fra) => go({ fra, bak: "" })} options={options} />;
  }
  return (
    <div class="pair">
      <TextField id="insight-from" label={t.from} type="date" value={asked.fra ?? plusDays(today, -DAYS)} set={(fra) => go({ fra, bak: "" })} />
      <TextField id="insight-to" label={t.to} type="date" optional value={asked.til ?? ""} set={(til) => go({ til, bak: "" })} />
    </div>
  );
}

/** A number that leads to what it counts, where there is something and one may see it. */
export function Count(props: { figure: Figure; label: string; chosen: string; choose: (list: string) => void }) {
  const { count, list } = props.figure;
  if (count == null) return <span class="subtle">{text().hidden}</span>;
  if (list == null || count === 0) return <>{count}</>;
  const chosen = props.chosen === list;
  return (
    <button type="button" class="ds-link as-link" aria-pressed={chosen} aria-label={`${count}. ${props.label}`} onClick={() => props.choose(chosen ? "" : list)}>
      {count}
    </button>
  );
}

export function Download({ get, name }: { get: () => Promise<unknown>; name: string }) {
  const saving = useSaving("csv");
  const load = async () => {
    const content = await saving.attempt(get);
    if (content instanceof Blob) save(content, `${name}-${localDay(now.value)}.csv`);
  };
  return (
    <>
      <Summary saving={saving} />
      <p class="no-print">
        <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-busy={saving.busy} onClick={() => void load()}>
          {text().csv}
        </button>
      </p>
    </>
  );
}

export function Notes({ notes }: { notes: readonly string[] }) {
  return (
    <details>
      <summary>{text().read}</summary>
      <ul class="points">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </details>
  );
}

/** One line of any of the lists. */
interface Line {
  readonly key: string;
  readonly reference: string;
  readonly urgency: string;
  readonly what: string;
  readonly when: string;
  readonly more: string;
}

const LISTS = {
  "/api/v1/reports/flow/referrals": handoff,
  "/api/v1/reports/coverage/referrals": handoff,
  "/api/v1/reports/flow/disputes": dispute,
  "/api/v1/reports/flow/rounds": referral,
  "/api/v1/reports/flow/repeats": referral,
  "/api/v1/reports/coverage/unmet": unmet,
} as const;

type Path = keyof typeof LISTS;

function at(written: string): string {
  return moment(Date.parse(written), language.value, now.value);
}

function handoff(item: Schemas["FlowItem"]): Line {
  const t = text();
  const answers = { accepted: t.columns.accepted, declined: t.columns.declined, "returned-with-advice": t.columns.returned, forwarded: t.columns.forwarded, withdrawn: t.columns.withdrawn, unanswered: t.columns.unanswered };
  return {
    key: item.handoff,
    reference: item.reference,
    urgency: item.urgency,
    what: `${item.workflow.title}: ${t.pair(item.sender.name, item.receiver.name)}`,
    when: t.sentAt(at(item.sentAt)),
    more: [answers[item.answer], item.reason?.title].filter((part) => part != null).join(", "),
  };
}

function dispute(item: Schemas["DisputeItem"]): Line {
  const t = text();
  return {
    key: `${item.id} ${item.since}`,
    reference: item.reference,
    urgency: item.urgency,
    what: `${item.workflow.title}: ${t.pair(item.sender.name, item.receiver.name)}`,
    when: at(item.since),
    more: `${item.settledAt == null ? t.wait.running : t.wait.settled} ${span(item.minutes * MINUTE, language.value === "nb")}`,
  };
}

function referral(item: Schemas["ReportedReferral"]): Line {
  const t = text();
  return {
    key: item.id,
    reference: item.reference,
    urgency: item.urgency,
    what: `${item.workflow.title}. ${t.holder(item.holder.name)}`,
    when: t.writtenAt(at(item.createdAt)),
    more: t.times(String(item.handoffs)),
  };
}

function unmet(item: Schemas["UnmetItem"]): Line {
  const t = text();
  const line = referral(item);
  return { ...line, what: `${t.needs(item.needs.map((code) => term(need, code)).join(", "))}. ${t.holder(item.holder.name)}`, more: item.waits ? t.asked : t.free };
}

/** The list of an address that a report gave; nothing where it is none. */
export function Behind({ list, title, none }: { list: string; title: string; none: string }) {
  const address = new URL(list, location.origin);
  return address.pathname in LISTS ? <Lines path={address.pathname as Path} parameters={Object.fromEntries(address.searchParams)} title={title} none={none} /> : null;
}

function Lines({ path, parameters, title, none }: { path: Path; parameters: Readonly<Record<string, string>>; title: string; none: string }) {
  const list = useList<Line>(
    async (cursor) => {
      // The address holds what the document of the API says that this list takes.
      const query = { ...parameters, limit: 25, ...cursor } as never;
      const page = (await must(api.GET(path, { params: { query } }))) as unknown as { items: readonly never[]; nextCursor?: string | null };
      return { items: page.items.map(LISTS[path]), nextCursor: page.nextCursor ?? null };
    },
    [path, JSON.stringify(parameters)],
  );
  const heading = useArrival(`${path} ${JSON.stringify(parameters)}`);
  return (
    <section class="stack" aria-labelledby="behind">
      <h2 id="behind" class="ds-heading" data-size="xs" ref={heading} tabIndex={-1}>
        {title}
      </h2>
      <ListOf
        list={list}
        none={none}
        label={title}
        row={(line) => (
          <li key={line.key}>
            <div>
              <Reference of={line.reference} />
              <span>{line.what}</span>
              <span class="subtle">{capital(line.when)}</span>
            </div>
            <Urgency code={line.urgency} />
            <span class="subtle">{line.more}</span>
          </li>
        )}
      />
    </section>
  );
}
