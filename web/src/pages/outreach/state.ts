/** The patrol that is walked on this device, kept after every press, and the arenas as they were last known. */
import { signal } from "@preact/signals";
import type { Schemas } from "../../api/client";
import { everything, lastKnown } from "../../offline/known";
import { dropNight, mine, postNight, refresh } from "../../offline/shelf";
import { uuid7 } from "../../offline/uuid";
import { type Walk, endOf, toRequest } from "./tally";

export type Arena = Schemas["OutreachArena"];

const FRESH_MS = 60_000;

export const walk = signal<Walk | null>(null);
export const walkId = signal("");
export const arenas = signal<readonly Arena[] | null>(null);
/** The patrol that was finished here last. */
export const finished = signal<string | null>(null);

/** Finds what lies on the device, and what the server says of the arenas. */
export async function begin(): Promise<void> {
  await refresh().catch(() => undefined);
  const [kept] = (await mine()?.list<Walk>("walk").catch(() => [])) ?? [];
  if (kept !== undefined && walk.value === null) {
    walk.value = kept.data;
    touched = kept.updatedAt;
    walkId.value = kept.id;
  }
  await lastKnown<Arena[]>("outreach-arenas", FRESH_MS, () => everything<Arena>("/api/v1/outreach/arenas"), ({ data }) => {
    arenas.value = data;
  });
  arenas.value ??= [];
}

/** Asks for the arenas anew when they have changed here. */
export async function forgetArenas(): Promise<void> {
  await mine()?.remember("outreach-arenas", arenas.value ?? [], 0);
}

/** When something was last pressed. */
let touched = 0;
let saving: Promise<void> = Promise.resolve();

/** Says what the patrol is now, and keeps it. */
export function keep(next: Walk): void {
  walk.value = next;
  touched = Date.now();
  const [id, store] = [walkId.value, mine()];
  const entry = { id, kind: "walk", createdAt: Date.parse(next.from), updatedAt: touched, tries: 0, nextAt: 0, data: next } as const;
  saving = saving.then(() => store?.put(entry)).catch(() => undefined);
}

export function start(agency: string, workers: number, chosen: readonly string[]): void {
  walkId.value = uuid7();
  finished.value = null;
  const next = { arena: chosen[0] ?? "", acquaintance: "known", sex: "unknown", need: "", outcome: "talked", client: false, missing: false } as const;
  keep({ agency, workers, arenas: chosen, from: new Date().toISOString(), lines: [], next });
}

/** Puts it in the queue in place of what was walked: under one id there is one or the other. */
export async function finish(): Promise<void> {
  const [done, id] = [walk.value, walkId.value];
  if (done === null) return;
  await saving;
  const until = new Date(endOf(Date.parse(done.from), touched, Date.now())).toISOString();
  await postNight(id, { request: toRequest(done, until, uuid7), problem: null });
  walk.value = null;
  finished.value = id;
}

export async function discard(): Promise<void> {
  await saving;
  await mine()?.remove(walkId.value);
  walk.value = null;
}

export { dropNight };
