/** Where a limit is up: with whom, how many, for how long, and each of them. */
import { type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { span } from "../../i18n/time";
import { Deadline } from "../../referral/Deadline";
import { Urgency } from "../../referral/Marks";
import { useAsked } from "../../ui/asked";
import { Failed } from "../../ui/Failed";
import { ListOf, useList } from "../../ui/list";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { Ageing } from "./Ageing";
import { FollowPage, Reference, useArrival } from "./Page";
import { missedLimits } from "./reports";
import { useSpent } from "./Spent";
import { text } from "./words";

type Item = Schemas["OverdueItem"];

const MINUTE = 60_000;

export default function Overdue() {
  const t = text();
  const words = t.overdue;
  const [asked, go] = useAsked();
  const heading = useArrival(asked.hos ?? "");
  const holder = asked.hos ?? "";
  const report = useLoad(missedLimits, []);
  const rows = report.data?.rows ?? [];
  const name = rows.find((row) => row.holder?.slug === holder)?.holder?.name;
  const title = holder === "" ? words.whole : words.list(name ?? holder);
  return (
    <FollowPage title={t.tasks.overdue.title} lead={words.lead}>
      {report.error === null ? null : <Failed error={report.error} again={report.again} />}
      {report.data === null ? (
        report.error === null ? <Loading /> : null
      ) : rows.length === 0 ? (
        <div class="empty">
          <p>{words.none}</p>
        </div>
      ) : (
        <>
          <ul class="rows" aria-label={t.tasks.overdue.title}>
            {rows.map((row) =>
              row.holder == null ? null : (
                <li key={row.holder.id}>
                  <div>
                    <button
                      type="button"
                      class="ds-link as-link"
                      aria-pressed={row.holder.slug === holder}
                      aria-label={words.show(row.holder.name)}
                      onClick={() => go({ hos: row.holder?.slug === holder ? "" : (row.holder?.slug ?? "") })}
                    >
                      <strong>{words.holder(row.holder.name)}</strong>
                    </button>
                    <span class="subtle">{words.longest(span(row.longestMinutes * MINUTE, language.value === "nb"))}</span>
                  </div>
                  <span class="task-count">{words.count(row.count)}</span>
                </li>
              ),
            )}
          </ul>
          <h2 class="ds-heading" data-size="xs" ref={heading} tabIndex={-1}>
            {title}
          </h2>
          <Behind key={holder} holder={holder} label={title} />
        </>
      )}
      <Ageing />
    </FollowPage>
  );
}

/** Exactly those that the figure counts, the longest first. */
function Behind({ holder, label }: { holder: string; label: string }) {
  const list = useList<Item>(
    (cursor) => must(api.GET("/api/v1/reports/overdue/referrals", { params: { query: { limit: 25, ...(holder === "" ? {} : { holder }), ...cursor } } })),
    [holder],
  );
  return (
    <ListOf
      list={list}
      none={text().overdue.none}
      label={label}
      row={(item) => <Missed key={`${item.handoff} ${item.clock.id} ${item.dueAt}`} item={item} />}
    />
  );
}

function Missed({ item }: { item: Item }) {
  const [button, spent] = useSpent(item.reference);
  return (
    <li class="with-spent">
      <div>
        <Reference of={item.reference} />
        <span>
          {item.clock.title}
          {item.clock.legalRef == null ? null : <span class="subtle"> {item.clock.legalRef}</span>}
        </span>
        <span class="subtle">{item.holder.name}</span>
      </div>
      <Urgency code={item.urgency} />
      <Deadline dueAt={item.dueAt} />
      {button}
      {spent}
    </li>
  );
}
