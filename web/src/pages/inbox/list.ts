/** The rows on the screen: loaded page by page, kept fresh while somebody looks. */
import { signal } from "@preact/signals";
import { api, must } from "../../api/client";
import { holds } from "../../shell/roles";
import { me } from "../../api/session";
import type { Row } from "../../referral/api";
import { Merged, compare } from "./merge";
import { type Filter, address, parse, queries } from "./views";

const PAGE = 50;
/** How many of the first rows are asked after again; what lies further down is asked when somebody goes there. */
const FRESH = 100;
const EVERY_MS = 20_000;
/** While each change is told, only for what a change does not tell, such as a limit that is up. */
const SELDOM_MS = 120_000;
/** Many may act at once; the list is asked for once for all that came meanwhile. */
const TOGETHER_MS = 300;

export interface Loaded {
  readonly rows: readonly Row[];
  readonly more: boolean;
  readonly state: "loading" | "ready" | "failed";
}

const NOTHING: Loaded = { rows: [], more: false, state: "loading" };

export const list = signal<Loaded>(NOTHING);
/** How many came in by themselves since somebody last moved. */
export const arrived = signal(0);

let shown = "";
let merged: Merged<Row> | null = null;
let round = 0;
/** Rows that were just acted on: they leave the screen at once, whatever an older answer says. */
const leaving = new Set<string>();

function open(filter: Filter): Merged<Row> {
  const all = queries(filter, me.value !== null && holds(me.value, "coordinator"));
  return new Merged<Row>(
    all.length,
    (source, cursor) => {
      const query = { ...all[source], limit: PAGE, ...(cursor === null ? {} : { cursor }) };
      return must(api.GET("/api/v1/referrals", { params: { query } }));
    },
    compare(filter.view === "sent" ? "created" : "due"),
  );
}

let begun: { readonly key: string; readonly done: Promise<void> } | null = null;

/** Asks for the list of the address while the page itself is still on its way, where it is known who asks. */
export function begin(): void {
  if (me.value === null || location.pathname !== "/innboks") return;
  const filter = parse(new URLSearchParams(location.search));
  begun = { key: address(filter), done: show(filter) };
}

/** Shows what `filter` finds. The list that stood here before stays on the screen when it is the same one. */
export async function show(filter: Filter): Promise<void> {
  const key = address(filter);
  const going = begun?.key === key ? begun.done : null;
  begun = null;
  if (going !== null) return going;
  if (key !== shown) {
    shown = key;
    merged = null;
    list.value = NOTHING;
    arrived.value = 0;
  }
  await refresh(filter);
}

/** Asks after the first rows again, and puts what came into its place. */
export async function refresh(filter: Filter): Promise<void> {
  const mine = ++round;
  const before = list.value.rows;
  const anew = open(filter);
  try {
    const head = await anew.next(Math.min(Math.max(PAGE, before.length), FRESH));
    if (mine !== round) return;
    // What came meanwhile counts too: a page may have been loaded while this one was on its way.
    const now = list.value.rows;
    const seen = new Set(now.map((row) => row.id));
    const heads = new Set(head.map((row) => row.id));
    // What was loaded further down stays until somebody loads the page anew.
    const tail = now.length > FRESH && anew.more ? now.slice(FRESH).filter((row) => !heads.has(row.id)) : [];
    if (tail.length === 0 || merged === null) merged = anew;
    if (list.value.state === "ready") arrived.value += head.filter((row) => !seen.has(row.id) && !leaving.has(row.id)).length;
    for (const id of leaving) if (!heads.has(id)) leaving.delete(id);
    list.value = { rows: without([...head, ...tail]), more: merged.more, state: "ready" };
  } catch {
    if (mine === round && list.value.state !== "ready") list.value = { ...NOTHING, state: "failed" };
  }
}

function without(rows: readonly Row[]): readonly Row[] {
  return leaving.size === 0 ? rows : rows.filter((row) => !leaving.has(row.id));
}

let fetching = false;

/** Loads the next page. */
export async function more(): Promise<void> {
  if (fetching || merged === null) return;
  fetching = true;
  const from = merged;
  try {
    const next = await from.next(PAGE);
    if (from === merged) list.value = { rows: without([...list.value.rows, ...next]), more: from.more, state: "ready" };
  } catch {
    // The banner tells that the server is away; the button stays.
  } finally {
    fetching = false;
  }
}

/** Takes a row off the screen before the server has answered; the returned function puts it back. */
export function leave(id: string): () => void {
  const before = list.value;
  leaving.add(id);
  round++;
  list.value = { ...before, rows: without(before.rows) };
  return () => {
    leaving.delete(id);
    list.value = before;
  };
}

/** The row may show itself again: it was acted on, and has its new place. */
export function settle(id: string): void {
  leaving.delete(id);
}

/** Keeps the list fresh while the page is looked at. Returns what stops it. */
export function watch(filter: () => Filter): () => void {
  let lookedAt = Date.now();
  const look = () => {
    if (document.visibilityState !== "visible") return;
    lookedAt = Date.now();
    void refresh(filter());
  };
  let soon: ReturnType<typeof setTimeout> | undefined;
  const changes = follow(() => {
    clearTimeout(soon);
    soon = setTimeout(look, TOGETHER_MS);
  });
  const timer = setInterval(() => {
    if (!changes.live() || Date.now() - lookedAt >= SELDOM_MS) look();
  }, EVERY_MS);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    clearTimeout(soon);
    changes.stop();
    document.removeEventListener("visibilitychange", look);
  };
}

/** Hears of changes once the list stands: on a slow line nothing goes before it. */
function follow(changed: () => void): { readonly live: () => boolean; readonly stop: () => void } {
  let events: typeof import("../../api/events") | null = null;
  let unfollow: (() => void) | null = null;
  let over = false;
  const begin = async () => {
    // Without it the list asks as before.
    events = await import("../../api/events").catch(() => null);
    if (events !== null && !over) unfollow = events.onChange(changed);
  };
  const stands = list.subscribe(({ state }) => {
    if (state === "loading" || over || events !== null) return;
    void begin();
    queueMicrotask(() => stands());
  });
  const stop = () => {
    over = true;
    stands();
    unfollow?.();
  };
  return { live: () => events?.live() === true, stop };
}
