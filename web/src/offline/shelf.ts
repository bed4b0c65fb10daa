/**
 * What lies on this device for the person who is signed in: drafts, what waits to be sent, and receipts. `outbox.ts`
 * sends; this file is what a page needs to write.
 */
import { batch, signal } from "@preact/signals";
import type { Problem, Schemas } from "../api/client";
import { me } from "../api/session";
import { type Entry, type Store, storeOf } from "./store";
import { madeAt } from "./uuid";

/** Something that waits to be sent. */
export interface Letter {
  /** Sent as it stands, again and again: another word would make another referral of it. */
  readonly request: Schemas["ReferralIn"] | Schemas["CaseReferralIn"];
  /** The case into which it goes, by its reference. */
  readonly inCase?: string;
  /** What the page makes a draft of, should it come back. */
  readonly form: unknown;
  readonly to: string;
}

/** A file that lies here, as the draft or the letter knows it that it goes with; what is in it lies beside. */
export interface Attached {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

/** A file whose referral the server has. */
export interface Parcel extends Attached {
  /** The referral, by id or reference. */
  readonly referral: string;
  /** To whom the referral went. */
  readonly to: string;
  /** Why the server did not take it: a person decides what becomes of it. */
  readonly problem: Problem | null;
}

/** A patrol that is over and waits to be sent. Nobody is named in it. */
export interface Night {
  readonly request: Schemas["OutreachPatrolIn"];
  /** Why the server did not take it: a person decides what becomes of it. */
  readonly problem: Problem | null;
}

export interface Draft {
  readonly form: unknown;
  /** Why the server did not take it, when it came back. */
  readonly problem: Problem | null;
  /** The reference under which an earlier wording is stored already. */
  readonly earlier: string | null;
}

/** What is left when the server has it: nothing about the youth. */
export interface Receipt {
  /** Null until the server has told it. */
  readonly reference: string | null;
  readonly inCase?: string;
  readonly to: string;
  readonly queuedAt: number;
  readonly storedAt: number;
  /** False for a draft that was stored only. */
  readonly sent: boolean;
}

export const drafts = signal<readonly Entry<Draft>[]>([]);
export const waiting = signal<readonly Entry<Letter>[]>([]);
export const receipts = signal<readonly Entry<Receipt>[]>([]);
export const parcels = signal<readonly Entry<Parcel>[]>([]);
export const nights = signal<readonly Entry<Night>[]>([]);
/** The server wants to know who this is before it takes what waits. */
export const needsSignIn = signal(false);

/** Ids that turned out to be taken, by the new ones of the same letters. */
export const renamed = new Map<string, string>();

/** Counts the times that somebody wants something sent now. */
export const wake = signal(0);

const LOCK = "stafett.outbox";
const KEEP_RECEIPTS_MS = 24 * 3_600_000;

const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(LOCK);

/** The store of whoever is signed in. */
export function mine(): Store | null {
  return me.value === null ? null : storeOf(me.value.id);
}

/** Counts what the three lists have gone through, so that a reading that began before a change does not undo it. */
let changes = 0;
for (const list of [drafts, waiting, receipts, parcels, nights]) {
  list.subscribe(() => {
    changes++;
  });
}

/** Reads everything anew. */
export async function refresh(): Promise<void> {
  const store = mine();
  if (store === null) return;
  for (;;) {
    const before = changes;
    const [written, letters, stored, files, walked] = await Promise.all([
      store.list<Draft>("draft"),
      store.list<Letter>("waiting"),
      store.list<Receipt>("receipt"),
      store.list<Parcel>("file"),
      store.list<Night>("night"),
    ]);
    if (changes !== before) continue;
    const isOld = (one: Entry<Receipt>) => Date.now() - one.data.storedAt > KEEP_RECEIPTS_MS;
    batch(() => {
      drafts.value = written;
      waiting.value = letters;
      receipts.value = stored.filter((one) => !isOld(one));
      parcels.value = files;
      nights.value = walked;
    });
    for (const old of stored.filter(isOld)) await store.remove(old.id);
    return;
  }
}

/** Tells the other tabs, and whoever sends. */
export function changed(): void {
  channel?.postMessage("changed");
}

/** Calls `listen` when another tab has changed something here. */
export function onChange(listen: () => void): () => void {
  channel?.addEventListener("message", listen);
  return () => channel?.removeEventListener("message", listen);
}

/** Writes a draft. When this resolves, it survives the tab. */
export async function saveDraft(id: string, draft: Draft, createdAt: number): Promise<void> {
  const entry = { id, kind: "draft", createdAt, updatedAt: Date.now(), tries: 0, nextAt: 0, data: draft } as const;
  await mine()?.put(entry);
  drafts.value = [entry, ...drafts.value.filter((one) => one.id !== id)];
  changed();
}

export async function dropDraft(id: string): Promise<void> {
  await mine()?.remove(id);
  drafts.value = drafts.value.filter((one) => one.id !== id);
  changed();
}

/** Puts a letter in the queue in place of the draft, and tries to send it. Resolves when it lies safely on the device. */
export async function post(id: string, letter: Letter): Promise<void> {
  const now = Date.now();
  const entry = { id, kind: "waiting", createdAt: now, updatedAt: now, tries: 0, nextAt: 0, data: letter } as const;
  await mine()?.put(entry);
  drafts.value = drafts.value.filter((one) => one.id !== id);
  waiting.value = [entry, ...waiting.value];
  changed();
  wake.value++;
}

/** Puts a patrol in the queue in place of the one that was walked, under the same id, and tries to send it. */
export async function postNight(id: string, night: Night): Promise<void> {
  const now = Date.now();
  const entry = { id, kind: "night", createdAt: now, updatedAt: now, tries: 0, nextAt: 0, data: night } as const;
  await mine()?.put(entry);
  nights.value = [entry, ...nights.value.filter((one) => one.id !== id)];
  changed();
  wake.value++;
}

/** Throws a patrol away that the server did not take. */
export async function dropNight(id: string): Promise<void> {
  await mine()?.remove(id);
  nights.value = nights.value.filter((one) => one.id !== id);
  changed();
}

/** Takes a letter back that was never tried. Null when it is too late. */
export async function takeBack(id: string): Promise<Letter | null> {
  const store = mine();
  if (store === null) return null;
  return alone(async () => {
    const entry = await store.get<Letter>(id);
    if (entry?.kind !== "waiting" || entry.tries > 0) return null;
    await saveDraft(id, { form: entry.data.form, problem: null, earlier: null }, entry.createdAt);
    waiting.value = waiting.value.filter((one) => one.id !== id);
    return entry.data;
  });
}

/** The files of a form, whatever page wrote it. */
export function attachedTo(form: unknown): readonly Attached[] {
  return typeof form === "object" && form !== null && "files" in form && Array.isArray(form.files) ? (form.files as Attached[]) : [];
}

/** Keeps what is in a file. When this resolves, it survives the tab. */
export async function keepContent(id: string, bytes: ArrayBuffer): Promise<void> {
  await mine()?.putContent(id, bytes);
}

/** Throws files away that go nowhere any more. */
export async function dropContents(files: readonly Attached[]): Promise<void> {
  for (const { id } of files) await mine()?.dropContent(id);
}

/** Throws a file away that the server did not take. */
export async function dropParcel(id: string): Promise<void> {
  const store = mine();
  await store?.remove(id);
  await store?.dropContent(id);
  parcels.value = parcels.value.filter((one) => one.id !== id);
  changed();
}

const FORGOTTEN_MS = 24 * 3_600_000;

/** Throws away what was left when a tab was killed between a file and its draft. */
export async function sweep(now: number): Promise<void> {
  const store = mine();
  if (store === null) return;
  const [written, letters, files] = await Promise.all([store.list<Draft>("draft"), store.list<Letter>("waiting"), store.list<Parcel>("file")]);
  const wanted = new Set([...written, ...letters].flatMap(({ data }) => attachedTo(data.form).map(({ id }) => id)));
  for (const { id } of files) wanted.add(id);
  for (const id of await store.contents()) if (!wanted.has(id) && now - madeAt(id) > FORGOTTEN_MS) await store.dropContent(id);
}

/** Does it when no other tab is at the like. No locks means no secure page, and then no other tab finds what is kept. */
export async function inTurn(lock: string, work: () => Promise<void>): Promise<void> {
  return "locks" in navigator ? navigator.locks.request(lock, work) : work();
}

let working = false;

/** Does it while no other tab does; `now` gives up when another is at it. */
export async function alone<T>(work: () => Promise<T>, now = false): Promise<T | null> {
  if ("locks" in navigator) return navigator.locks.request(LOCK, { ifAvailable: now }, (lock) => (lock === null ? null : work()));
  // No locks means no secure page, and then nothing is kept where another tab could find it.
  if (working) return null;
  working = true;
  return work().finally(() => {
    working = false;
  });
}
