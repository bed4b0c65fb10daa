import { useLocation } from "preact-iso";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import help from "@navikt/aksel-icons/svg/QuestionmarkCircle.svg?raw";
import { language } from "../../i18n";
import { moment, now } from "../../i18n/time";
import { type Action, type Referral, type Row as RowData, putAside, takeOut } from "../../referral/api";
import { atOnce, byKey } from "../../referral/actions";
import { ActionDialog } from "../../referral/asking";
import { arrange, last, perform, rearrange, undo, whyNot } from "../../referral/doing";
import { DoneBar } from "../../referral/DoneBar";
import { shell } from "../../shell/words";
import { Icon } from "../../ui/Icon";
import { later } from "../../ui/later";
import { useTitle } from "../../ui/title";
import { isCutShort } from "./until";
import { useBulk } from "./bulk";
import { Empty } from "./Empty";
import { Filters } from "./Filters";
import { singleKeys } from "../../singleKeys";
import { listen } from "./keys";
import { arrived, begin, leave, list, more, refresh, settle, show, watch } from "./list";
import type { Command } from "./Palette";
import { forgetOpened, openedByHand } from "./opened";
import { Rows, scroller } from "./Rows";
import { Tabs } from "./Tabs";
import { VIEWS, type Filter, address, bare, parse } from "./views";
import { load, text } from "./words";
import "./inbox.css";

export { begin, load };

/** A phone has no room for one. */
const Preview = later(() => import("./Preview"));
const BulkBar = later(() => import("./BulkBar"));
const Palette = later(() => import("./Palette"));
const KeyHelp = later(() => import("./KeyHelp"));
const Aside = later(() => import("./Aside"));

/** Where a preview fits beside the list. */
const WIDE = matchMedia("(min-width: 64em)");

export default function Inbox() {
  const t = text();
  const { query, route } = useLocation();
  const search = new URLSearchParams(query).toString();
  const filter = useMemo(() => parse(new URLSearchParams(search)), [search]);
  const filterNow = useRef(filter);
  filterNow.current = filter;
  const [at, setAt] = useState<string | null>(null);
  const [asking, setAsking] = useState<{ referral: Referral; action: Action } | null>(null);
  const [puttingAside, setPuttingAside] = useState<RowData | null>(null);
  const [overlay, setOverlay] = useState<"palette" | "keys" | null>(null);
  const [said, setSaid] = useState("");
  const bulk = useBulk(filter);
  // From the first row that is chosen on: what became of them is told after none is.
  const chose = useRef(false);
  chose.current ||= bulk.chosen.size > 0;
  useTitle(t.views[filter.view]);

  const spoken = language.value;
  useEffect(() => {
    forgetOpened();
    void show(filter);
  }, [filter, spoken]);
  useEffect(() => watch(() => filterNow.current), []);

  const { rows, state } = list.value;
  // Where the chosen row is gone, the one that took its place is next.
  const place = useRef(0);
  const found = rows.findIndex((row) => row.id === at);
  const index = found >= 0 ? found : Math.min(place.current, rows.length - 1);
  place.current = Math.max(0, index);
  const current = rows[index] ?? null;

  const go = (next: Filter) => route(address(next), true);
  const choose = (row: RowData | undefined, focus: boolean) => {
    if (row === undefined) return;
    setAt(row.id);
    arrived.value = 0;
    if (focus) document.querySelector<HTMLElement>(`.row [data-id="${row.id}"]`)?.focus();
  };

  const take = async (referral: Referral, action: Action) => {
    const input = atOnce(action);
    if (input === null) {
      setAsking({ referral, action });
      return;
    }
    // Accept and next: the row leaves at once, and the next one is there before the answer is.
    const stays = filterNow.current.view !== "answer";
    const back = stays ? () => undefined : leave(referral.id);
    try {
      await perform(referral, action.action, action.title, input);
    } catch {
      back();
    }
    settle(referral.id);
    void refresh(filterNow.current);
  };

  /** Out of my own sight, or into it again. The row leaves at once where it will not stand. */
  const arrangeRow = async (row: RowData, until: number | null) => {
    const { view } = filterNow.current;
    const leaves = until === null ? view === "aside" : view !== "sent" && view !== "aside";
    const back = leaves ? leave(row.id) : () => undefined;
    const again = (wanted: number | null) => (wanted === null ? takeOut(row.reference) : putAside(row.reference, new Date(wanted).toISOString()));
    const before = row.snoozedUntil == null ? null : Date.parse(row.snoozedUntil);
    const t = text().aside;
    const when = (at: string | null | undefined) => moment(Date.parse(at ?? ""), language.value, now.value);
    try {
      await arrange(
        row.reference,
        until === null ? t.take : t.put,
        () => again(until),
        (kept) => (until === null ? t.taken : isCutShort(until, kept.wakesAt) ? t.cutShort(when(kept.wakesAt)) : t.until(when(kept.wakesAt))),
        () => again(before),
      );
    } catch {
      back();
    }
    settle(row.id);
    void refresh(filterNow.current);
  };
  const toggleAside = (row: RowData | null) => {
    if (row === null) return;
    if (row.snoozedUntil == null) setPuttingAside(row);
    else void arrangeRow(row, null);
  };

  const takeBack = async () => {
    if (await rearrange()) {
      await refresh(filterNow.current);
      return;
    }
    const after = await undo();
    if (after === null) return;
    settle(after.id);
    await refresh(filterNow.current);
    setAt(after.id);
  };

  const byKeyOn = async (row: RowData | null, key: string) => {
    if (row === null) return;
    setSaid("");
    try {
      const referral = await openedByHand(row);
      const action = byKey(referral, key);
      if (action !== null) await take(referral, action);
      else setSaid(t.keys.cannot({ a: t.keys.accept, r: t.keys.return, f: t.keys.forward, i: t.keys.ask }[key] ?? key));
    } catch (error) {
      setSaid(whyNot(error) || shell().problem.network);
    }
  };

  const bindings = useRef({ index, rows, current, bulk, byKeyOn, takeBack, toggleAside });
  bindings.current = { index, rows, current, bulk, byKeyOn, takeBack, toggleAside };
  useEffect(
    () =>
      listen({
        next: () => choose(bindings.current.rows[Math.min(bindings.current.index + 1, bindings.current.rows.length - 1)], true),
        previous: () => choose(bindings.current.rows[Math.max(bindings.current.index - 1, 0)], true),
        act: (key) => void bindings.current.byKeyOn(bindings.current.current, key),
        select: () => bindings.current.bulk.toggle(bindings.current.current),
        aside: () => bindings.current.toggleAside(bindings.current.current),
        undo: () => void bindings.current.takeBack(),
        search: () => document.getElementById("inbox-search")?.focus(),
        help: () => setOverlay("keys"),
        palette: () => setOverlay("palette"),
      }),
    [],
  );

  const press = (row: RowData, event: MouseEvent) => {
    // The keyboard and a phone open it; a mouse beside a preview looks at it first.
    if (!WIDE.matches || event.detail !== 1 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    choose(row, true);
  };

  const commands = (): readonly Command[] => [
    ...VIEWS.map((view) => ({ name: t.views[view], run: () => go({ ...bare(filter), view, unit: false }) })),
    ...(current === null
      ? []
      : (
          [
            ["a", t.keys.accept],
            ["r", t.keys.return],
            ["f", t.keys.forward],
            ["i", t.keys.ask],
          ] as const
        ).map(([key, name]) => ({ name: `${current.reference}: ${name}`, key: key.toUpperCase(), run: () => void byKeyOn(current, key) }))),
    ...(current === null
      ? []
      : [{ name: `${current.reference}: ${current.snoozedUntil == null ? t.aside.put : t.aside.take}`, key: "S", run: () => toggleAside(current) }]),
    ...(last.value?.undo == null && last.value?.back === undefined ? [] : [{ name: t.keys.undo, key: "Z", run: () => void takeBack() }]),
    { name: t.filter.search, key: "/", run: () => document.getElementById("inbox-search")?.focus() },
    { name: t.glass, run: () => route("/nodtilgang") },
    { name: t.keys.title, key: "?", run: () => setOverlay("keys") },
  ];

  return (
    <div class="inbox">
      <h1 class="visually-hidden">{t.title}</h1>
      <section class="inbox-list" aria-label={t.list}>
        <Tabs filter={filter} go={go} />
        <Filters filter={filter} go={go} />
        <p class="inbox-said" role="status">
          {said !== "" ? said : arrived.value > 0 ? t.fresh(String(arrived.value)) : ""}
        </p>
        {state === "ready" && rows.length === 0 ? (
          <Empty filter={filter} clear={() => go(bare(filter))} />
        ) : state === "failed" ? (
          <div class="inbox-empty">
            <p>{t.failed}</p>
            <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => void show(filter)}>
              {shell().retry}
            </button>
          </div>
        ) : (
          <Rows
            key={address(filter)}
            rows={rows}
            busy={state === "loading"}
            view={filter.view}
            current={current?.id}
            checkable={WIDE.matches && bulk.possible}
            chosen={bulk.chosen}
            handlers={{ check: bulk.choose, go: press, aside: toggleAside }}
          />
        )}
        {list.value.more ? <More count={rows.length} /> : null}
        <p class="inbox-foot">
          {rows.length > 0 && !list.value.more ? <span class="subtle">{t.all(String(rows.length))}</span> : null}
          <button type="button" class="ds-button inbox-keys" data-variant="tertiary" data-size="sm" onClick={() => setOverlay("keys")}>
            <Icon svg={help} />
            {t.keys.open} {singleKeys.value ? <kbd>?</kbd> : null}
          </button>
        </p>
      </section>
      {WIDE.matches ? <Preview row={current} take={(referral, action) => void take(referral, action)} aside={() => toggleAside(current)} /> : null}
      {chose.current ? <BulkBar bulk={bulk} /> : null}
      <DoneBar onUndo={() => void takeBack()} />
      {asking === null ? null : (
        <ActionDialog
          referral={asking.referral}
          action={asking.action}
          onClose={() => setAsking(null)}
          onDone={() => {
            setAsking(null);
            void refresh(filter);
          }}
        />
      )}
      {puttingAside === null ? null : (
        <Aside
          row={puttingAside}
          onClose={() => setPuttingAside(null)}
          choose={(until) => {
            setPuttingAside(null);
            void arrangeRow(puttingAside, until);
          }}
        />
      )}
      {overlay === "palette" ? (
        <Palette commands={commands()} open={(reference) => route(`/formidling/${reference}`)} onClose={() => setOverlay((now) => (now === "palette" ? null : now))} />
      ) : overlay === "keys" ? (
        <KeyHelp onClose={() => setOverlay(null)} />
      ) : null}
    </div>
  );
}

/** The next page: by a button, and by itself while somebody is near the end. */
function More({ count }: { count: number }) {
  const button = useRef<HTMLButtonElement>(null);
  const near = useRef(false);
  useEffect(() => {
    if (button.current === null) return;
    const watch = new IntersectionObserver(
      (seen) => {
        near.current = seen.at(-1)?.isIntersecting === true;
        if (near.current) void more();
      },
      { root: scroller(button.current), rootMargin: "2000px" },
    );
    watch.observe(button.current);
    return () => watch.disconnect();
  }, []);
  // A page may be too short to move the button out of sight, and then nobody is told that it is seen again.
  useEffect(() => {
    if (near.current) void more();
  }, [count]);
  return (
    <button ref={button} type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => void more()}>
      {text().more}
    </button>
  );
}
