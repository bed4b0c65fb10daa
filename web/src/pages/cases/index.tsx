import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { me } from "../../api/session";
import { caseState } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { Deadline } from "../../referral/Deadline";
import { When } from "../../referral/Marks";
import { Failed } from "../../ui/Failed";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { useFocus, useTitle } from "../../ui/title";
import { type Row, page, senders } from "./api";
import { Filters } from "./Filters";
import { type Filter, NONE, address, narrows, parse, query } from "./filter";
import { text } from "./words";
import "./cases.css";

/** The cases in which one takes part. A row holds nothing of the youth. */
export default function Cases() {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  useTitle(t.title);
  const { url, route } = useLocation();
  const filter = parse(new URLSearchParams(url.split("?")[1] ?? ""));
  const mine = (me.value?.agencies ?? []).map(({ slug }) => slug);
  const asked = query(filter, mine);
  const first = useLoad(() => page(asked), [JSON.stringify(asked)]);
  const [more, setMore] = useState<readonly Row[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [stuck, setStuck] = useState<unknown>(null);
  useEffect(() => {
    setMore([]);
    setStuck(null);
    setCursor(first.data?.nextCursor ?? null);
  }, [first.data]);
  const next = async () => {
    if (cursor === null) return;
    try {
      const found = await page({ ...asked, cursor });
      setMore([...more, ...found.items]);
      setCursor(found.nextCursor ?? null);
      setStuck(null);
    } catch (error) {
      setStuck(error);
    }
  };
  const look = (changed: Partial<Filter>) => route(address({ ...filter, ...changed }), true);
  const rows = [...(first.data?.items ?? []), ...more];
  return (
    <section class="page wide cases">
      <div class="page-title cases-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {t.title}
        </h1>
        {senders().length === 0 ? null : (
          <a class="ds-button" data-size="sm" data-variant="secondary" href="/sak/ny">
            {t.list.open}
          </a>
        )}
        <p class="subtle">{t.list.lead}</p>
      </div>
      <Filters filter={filter} look={look} />
      {first.error === null ? null : <Failed error={first.error} again={first.again} />}
      {first.data === null && first.busy ? <Loading /> : null}
      <p role="status" class="cases-count">
        {first.data === null || rows.length === 0 ? "" : cursor === null ? t.list.count(rows.length) : t.list.partly(rows.length)}
      </p>
      {first.data === null ? null : rows.length === 0 ? (
        <Nothing filter={filter} clear={() => look({ ...NONE, whose: filter.whose, agency: filter.agency })} />
      ) : (
        <ul class="case-rows" aria-busy={first.busy}>
          {rows.map((row) => (
            <Entry key={row.id} row={row} />
          ))}
        </ul>
      )}
      {stuck === null ? null : <Failed error={stuck} />}
      {cursor === null ? null : (
        <p>
          <button type="button" class="ds-button" data-variant="secondary" onClick={() => void next()}>
            {t.list.more}
          </button>
        </p>
      )}
    </section>
  );
}

/** Nothing here: why, and how a case comes to be. */
function Nothing({ filter, clear }: { filter: Filter; clear: () => void }) {
  const t = text().list;
  return (
    <div class="empty">
      <p>
        <strong>{narrows(filter) ? t.filtered : t.empty[filter.whose]}</strong>
      </p>
      {narrows(filter) ? (
        <p>
          <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={clear}>
            {t.clear}
          </button>
        </p>
      ) : (
        <p class="subtle">{t.emptyHint}</p>
      )}
    </div>
  );
}

function Entry({ row }: { row: Row }) {
  const t = text();
  const person = row.coordinatorPerson?.name;
  return (
    <li data-uncovered={row.uncovered > 0}>
      <a href={`/sak/${row.reference}`}>
        <span class="case-row-head">
          <strong class="case-ref">{row.reference}</strong>
          {row.state === "open" ? null : <span class="subtle">{capital(term(caseState, row.state))}</span>}
          {row.uncovered > 0 ? <span class="uncovered">{t.list.uncovered(row.uncovered)}</span> : null}
        </span>
        <span>{row.coordinator == null ? t.coordinator.unknown : t.list.coordinates(row.coordinator.name, person ?? null)}</span>
        <span class="case-row-foot subtle">
          <span>{t.list.referrals(row.referrals, row.active)}</span>
          <span>
            {t.list.opened} <When at={row.openedAt} />
          </span>
        </span>
        <span class="case-row-due">{row.nextDueAt == null ? null : <Deadline dueAt={row.nextDueAt} />}</span>
      </a>
    </li>
  );
}
