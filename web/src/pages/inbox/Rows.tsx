/** The rows, of which only those near the screen are in the document: behind an inbox may lie a hundred thousand. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Row as Referral } from "../../referral/api";
import { Row } from "./Row";
import type { View } from "./views";

/** So many rows come and go together. */
const CHUNK = 50;
/** How far beyond the screen they are kept ready, so that nobody who scrolls meets a gap. */
const NEAR = "1500px";
/** So many rows are more than a phone shows: these first, the others as soon as a thumb has been let in between. */
const AT_ONCE = 10;
/** How high a row is until it has been measured. */
const ROW_PX = 92;

interface Handlers {
  readonly check: (row: Referral, on: boolean) => void;
  readonly go: (row: Referral, event: MouseEvent) => void;
  readonly aside: (row: Referral) => void;
}

interface RowsProps {
  readonly rows: readonly Referral[];
  readonly busy: boolean;
  readonly view: View;
  readonly current: string | undefined;
  readonly checkable: boolean;
  readonly chosen: ReadonlyMap<string, Referral>;
  readonly handlers: Handlers;
}

export function Rows({ rows, busy, current, handlers, ...rest }: RowsProps) {
  const newest = useRef(handlers);
  newest.current = handlers;
  // The same functions for as long as the list stands, so that rows that have not changed are left alone.
  const stable = useMemo<Handlers>(
    () => ({
      check: (row, on) => newest.current.check(row, on),
      go: (row, event) => newest.current.go(row, event),
      aside: (row) => newest.current.aside(row),
    }),
    [],
  );
  const at = rows.findIndex((row) => row.id === current);
  const chunks = Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, index) => index);
  return (
    <div class="inbox-pages" aria-busy={busy} data-rows={rows.length}>
      {chunks.map((index) => {
        const within = at >= index * CHUNK && at < (index + 1) * CHUNK;
        // Whoever goes on by key must find the next row, wherever the list stands.
        const kept = at >= (index - 1) * CHUNK && at < (index + 2) * CHUNK;
        return <Chunk key={index} {...rest} rows={rows.slice(index * CHUNK, (index + 1) * CHUNK)} current={within ? current : undefined} kept={kept} first={index === 0} handlers={stable} />;
      })}
    </div>
  );
}

interface ChunkProps extends Omit<RowsProps, "busy"> {
  readonly kept: boolean;
  readonly first: boolean;
}

function Chunk({ rows, view, current, checkable, chosen, kept, first, handlers }: ChunkProps) {
  const list = useRef<HTMLUListElement>(null);
  const height = useRef(rows.length * ROW_PX);
  const [near, setNear] = useState(first);
  const shown = near || kept;
  useEffect(() => {
    if (list.current === null) return;
    const watch = new IntersectionObserver((seen) => setNear(seen.at(-1)?.isIntersecting === true), { root: scroller(list.current), rootMargin: NEAR });
    watch.observe(list.current);
    return () => watch.disconnect();
  }, []);
  const same = useSame(rows);
  const [ready, setReady] = useState(first ? AT_ONCE : CHUNK);
  useEffect(() => {
    if (!shown || ready >= same.length) return;
    const timer = setTimeout(() => setReady(ready + AT_ONCE));
    return () => clearTimeout(timer);
  }, [shown, ready, same]);
  useLayoutEffect(() => {
    if (shown && ready >= same.length && list.current !== null) height.current = list.current.offsetHeight;
  });
  const inside = useMemo(
    () =>
      same.slice(0, ready).map((row) => (
        <Row
          key={row.id}
          row={row}
          view={view}
          current={row.id === current}
          checkable={checkable}
          checked={chosen.has(row.id)}
          check={(on) => handlers.check(row, on)}
          go={(event) => handlers.go(row, event)}
          aside={() => handlers.aside(row)}
        />
      )),
    [same, ready, view, current, checkable, chosen],
  );
  return (
    <ul ref={list} class="inbox-rows" style={!shown ? { height: `${String(height.current)}px` } : ready < same.length ? { minHeight: `${String(same.length * ROW_PX)}px`, alignContent: "start" } : undefined}>
      {shown ? inside : null}
    </ul>
  );
}

/** The list scrolls in its own part of a wide screen, and with the page on a phone. */
export function scroller(list: HTMLElement): Element | null {
  const part = list.closest(".inbox-list");
  return part !== null && getComputedStyle(part).overflowY === "auto" ? part : null;
}

/** The rows of before while they are the very same. */
function useSame(rows: readonly Referral[]): readonly Referral[] {
  const before = useRef(rows);
  if (before.current.length !== rows.length || rows.some((row, index) => row !== before.current[index])) before.current = rows;
  return before.current;
}
