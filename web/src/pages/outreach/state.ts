/**
 * The patrol that is walked on this device, kept after every press, and the arenas as they were last known.
 *
 * Several tabs may show one patrol, and what is kept is the truth for all: a press is counted on what stands there, and what was
 * finished or thrown away in one tab is not written back by another.
 */
import { signal } from "@preact/signals";
import type { Schemas } from "../../api/client";
import { everything, lastKnown } from "../../offline/known";
import { type Night, changed, inTurn, mine, nights, onChange, postNight, refresh } from "../../offline/shelf";
import type { Entry, Store } from "../../offline/store";
import { uuid7 } from "../../offline/uuid";
import { type Walk, begun, fromRequest, toRequest } from "./tally";

export type Arena = Schemas["OutreachArena"];
type Change = (now: Walk) => Walk;

const FRESH_MS = 60_000;
const LOCK = "stafett.walk";

export const walk = signal<Walk | null>(null);
export const arenas = signal<readonly Arena[] | null>(null);
/** The patrol that was finished here last. */
export const finished = signal<string | null>(null);
/** Whether the one that was shown here has ended in another tab. */
export const endedElsewhere = signal(false);

let walkId = "";
/** A patrol that was started here and is not kept yet. */
let started: Entry<Walk> | null = null;
/** Presses that are not kept yet: by so much the screen is ahead. */
let unkept: readonly Change[] = [];
let saving: Promise<void> = Promise.resolve();
let listening = false;

/** Finds what lies on the device, and what the server says of the arenas. */
export async function begin(): Promise<void> {
  if (!listening) onChange(() => void look());
  listening = true;
  await refresh().catch(() => undefined);
  await look();
  await lastKnown<Arena[]>("outreach-arenas", FRESH_MS, () => everything<Arena>("/api/v1/outreach/arenas"), ({ data }) => {
    arenas.value = data;
  });
  arenas.value ??= [];
}

/** Asks for the arenas anew when they have changed here. */
export async function forgetArenas(): Promise<void> {
  await mine()?.remember("outreach-arenas", arenas.value ?? [], 0);
}

/** Shows what is kept, whichever tab has changed it; in turn with what is written here, so that nothing older is shown. */
function look(): Promise<void> {
  return (saving = saving.then(() => inTurn(LOCK, read)).catch(() => undefined));
}

async function read(): Promise<void> {
  const found = await mine()?.list<Walk>("walk").catch(() => undefined);
  // What was pressed meanwhile looks for itself.
  if (found === undefined || started !== null || unkept.length > 0) return;
  const [kept] = found;
  if (kept !== undefined) show(kept);
  else if (walk.value !== null) lose();
}

function show(kept: Entry<Walk>): void {
  walkId = kept.id;
  walk.value = kept.data;
  endedElsewhere.value = false;
}

function lose(): void {
  [started, unkept] = [null, []];
  walk.value = null;
  endedElsewhere.value = true;
}

/** Changes the patrol: on the screen at once, and as soon as may be where it is kept. */
export function keep(change: Change): void {
  if (walk.value === null) return;
  walk.value = change(walk.value);
  unkept = [...unkept, change];
  write();
}

export function start(agency: string, workers: number, chosen: readonly string[]): void {
  const now = Date.now();
  const data = begun(agency, workers, chosen, new Date(now).toISOString());
  started = { id: uuid7(), kind: "walk", createdAt: now, updatedAt: now, tries: 0, nextAt: 0, data };
  finished.value = null;
  show(started);
  write();
}

/** What cannot be kept now stays on the screen, and is kept with the next press. */
function write(): void {
  saving = saving.then(() => inTurn(LOCK, store)).catch(() => undefined);
}

async function store(): Promise<void> {
  const place = mine();
  if (place === null || (started === null && unkept.length === 0)) return;
  const [stands, presses] = [await standing(place), unkept];
  if (stands === null) {
    lose();
    return;
  }
  const now = presses.reduce((walk, change) => change(walk), stands.data);
  const entry = { ...stands, updatedAt: Date.now(), data: now };
  await place.put(entry);
  started = null;
  unkept = unkept.slice(presses.length);
  if (unkept.length === 0) show(entry);
  changed();
}

/** The patrol that is shown, as it is kept; null when it has ended. One that was begun here gives way to one that another tab has begun. */
async function standing(place: Store): Promise<Entry<Walk> | null> {
  if (started !== null) return (await place.list<Walk>("walk"))[0] ?? started;
  const kept = await place.get<Walk>(walkId);
  return kept?.kind === "walk" ? kept : null;
}

/** Does something with the patrol as it stands, its last presses included, and shows it no more. */
async function end(work: (place: Store, stands: Entry<Walk>, now: Walk) => Promise<void>): Promise<void> {
  const place = mine();
  if (place === null || walk.value === null) return;
  await saving;
  await inTurn(LOCK, async () => {
    const stands = await standing(place);
    if (stands === null) {
      lose();
      return;
    }
    const shown = walk.value;
    // What would be pressed from here on is counted nowhere.
    walk.value = null;
    try {
      await work(place, stands, unkept.reduce((walk, change) => change(walk), stands.data));
    } catch (failed) {
      walk.value = shown;
      throw failed;
    }
    [started, unkept] = [null, []];
  });
  changed();
}

/** Puts it in the queue in place of what was walked: under one id there is one or the other. */
export function finish(): Promise<void> {
  return end(async (_, { id }, now) => {
    const until = now.until ?? new Date(Math.max(Date.now(), Date.parse(now.from) + 60_000)).toISOString();
    await postNight(id, { request: toRequest(now, until, uuid7), problem: null });
    finished.value = id;
  });
}

export function discard(): Promise<void> {
  return end((place, { id }) => place.remove(id));
}

/** Takes a night that the server did not take out of the queue, to be walked on and mended. Not while another is walked. */
export async function reopen(id: string): Promise<void> {
  const place = mine();
  if (place === null) return;
  await inTurn(LOCK, async () => {
    const night = await place.get<Night>(id);
    if (night?.kind !== "night" || night.data.problem === null || (await place.list("walk")).length > 0) return;
    const entry = { ...night, kind: "walk", updatedAt: Date.now(), tries: 0, nextAt: 0, data: fromRequest(night.data.request) } as const;
    await place.put(entry);
    nights.value = nights.value.filter((one) => one.id !== id);
    finished.value = null;
    show(entry);
  });
  changed();
}
