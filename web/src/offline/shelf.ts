/**
 * What lies on this device for the person who is signed in: drafts, what waits to be sent, and receipts. `outbox.ts`
 * sends; this file is what a page needs to write.
 */
import { batch, signal } from "@preact/signals";
import type { Problem, Schemas } from "../api/client";
import { me } from "../api/session";
import { type Entry, type Store, storeOf } from "./store";

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
for (const list of [drafts, waiting, receipts]) {
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
    const [written, letters, stored] = await Promise.all([
      store.list<Draft>("draft"),
      store.list<Letter>("waiting"),
      store.list<Receipt>("receipt"),
    ]);
    if (changes !== before) continue;
    const isOld = (one: Entry<Receipt>) => Date.now() - one.data.storedAt > KEEP_RECEIPTS_MS;
    batch(() => {
      drafts.value = written;
      waiting.value = letters;
      receipts.value = stored.filter((one) => !isOld(one));
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
