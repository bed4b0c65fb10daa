/**
 * Drafts, the queue and receipts of this device, for the person who is signed in.
 *
 * One tab at a time sends, under a Web Lock; what it sends is read inside the lock, so no two tabs hold the same letter.
 * A lost answer is met by the same request again (`queue.ts`), never by another id.
 */
import { effect, signal } from "@preact/signals";
import type { Problem, Schemas } from "../api/client";
import { away, me, status } from "../api/session";
import { asked, meaning, tried } from "./queue";
import { problemIn, quietly } from "./quiet";
import { type Entry, type Store, storeOf } from "./store";
import { uuid7 } from "./uuid";

/** Something that waits to be sent. */
export interface Letter {
  /** Sent as it stands, again and again: another word would make another referral of it. */
  readonly request: Schemas["ReferralIn"];
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

const LOCK = "stafett.outbox";
const KEEP_RECEIPTS_MS = 24 * 3_600_000;
/** So many silences in a row, and there is no coverage rather than a bad moment. */
const GIVE_UP_AFTER = 3;
const HURRY_AT_MOST_EVERY_MS = 30_000;

const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(LOCK);
let timer: ReturnType<typeof setTimeout> | undefined;
let hurried = 0;

/** The store of whoever is signed in. */
export function mine(): Store | null {
  return me.value === null ? null : storeOf(me.value.id);
}

/** Reads everything anew. */
export async function refresh(): Promise<void> {
  const store = mine();
  if (store === null) return;
  const [written, letters, stored] = await Promise.all([
    store.list<Draft>("draft"),
    store.list<Letter>("waiting"),
    store.list<Receipt>("receipt"),
  ]);
  const now = Date.now();
  for (const old of stored.filter((one) => now - one.data.storedAt > KEEP_RECEIPTS_MS)) await store.remove(old.id);
  drafts.value = written;
  waiting.value = letters;
  receipts.value = stored.filter((one) => now - one.data.storedAt <= KEEP_RECEIPTS_MS);
}

function changed(): void {
  channel?.postMessage("changed");
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
  void flush();
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

/** Sends what is due; with `hurry`, what is not due yet, too. */
export async function flush(hurry = false): Promise<void> {
  const store = mine();
  if (store === null || status.value === "out") return;
  await alone(() => pass(store, hurry), true);
  await schedule(store);
}

let working = false;

/** Does it while no other tab does; `now` gives up when another is at it. */
async function alone<T>(work: () => Promise<T>, now = false): Promise<T | null> {
  if ("locks" in navigator) return navigator.locks.request(LOCK, { ifAvailable: now }, (lock) => (lock === null ? null : work()));
  // No locks means no secure page, and then nothing is kept where another tab could find it.
  if (working) return null;
  working = true;
  return work().finally(() => {
    working = false;
  });
}

async function pass(store: Store, hurry: boolean): Promise<void> {
  const done = new Set<string>();
  let silences = 0;
  for (;;) {
    const now = Date.now();
    const letters = (await store.list<Letter>("waiting")).filter((one) => !done.has(one.id) && (hurry || one.nextAt <= now));
    if (letters.length === 0) return;
    for (const letter of letters.reverse()) {
      done.add(letter.id);
      const said = await send(store, letter);
      if (said === "signed-out") return;
      silences = said === "silence" ? silences + 1 : 0;
      if (silences >= GIVE_UP_AFTER || !navigator.onLine) return;
    }
  }
}

async function send(store: Store, letter: Entry<Letter>): Promise<"answered" | "silence" | "signed-out"> {
  const trying = { ...letter, ...tried(letter, Date.now(), Math.random()) };
  await store.put(trying);
  replace(trying);
  const path = `/api/v1/referrals/${letter.id}`;
  const heard = await quietly("PUT", path, letter.data.request, { "if-none-match": "*" });
  const said = heard.status === 0 ? ({ kind: "silence", afterMs: 0 } as const) : meaning(heard.status, problemIn(heard), heard.retryAfter);
  switch (said.kind) {
    case "stored":
      await stored(store, letter, heard.status === 201 ? referenceIn(heard.body) : referenceIn((await quietly("GET", path)).body));
      break;
    case "refused":
      await back(store, letter, letter.id, said.problem, null);
      break;
    case "taken":
      await taken(store, letter, path);
      break;
    case "silence":
      if (said.afterMs > 0) await store.put({ ...trying, ...asked(trying, Date.now(), said.afterMs) });
      return "silence";
    case "signed-out":
      // Not tried at all: the server did not look at it. It goes when somebody has signed in.
      await store.put(letter);
      replace(letter);
      needsSignIn.value = true;
      return "signed-out";
  }
  needsSignIn.value = false;
  changed();
  return "answered";
}

async function stored(store: Store, letter: Entry<Letter>, reference: string | null): Promise<void> {
  const data: Receipt = {
    reference,
    to: letter.data.to,
    queuedAt: letter.createdAt,
    storedAt: Date.now(),
    sent: letter.data.request.send === true,
  };
  const receipt = { ...letter, kind: "receipt", tries: 0, nextAt: 0, updatedAt: Date.now(), data } as const;
  await store.put(receipt);
  waiting.value = waiting.value.filter((one) => one.id !== letter.id);
  receipts.value = [receipt, ...receipts.value.filter((one) => one.id !== letter.id)];
}

/** Makes a draft of it again, for a person to mend. */
async function back(store: Store, letter: Entry<Letter>, id: string, problem: Problem | null, earlier: string | null): Promise<void> {
  const data: Draft = { form: letter.data.form, problem, earlier };
  const draft = { ...letter, id, kind: "draft", tries: 0, nextAt: 0, updatedAt: Date.now(), data } as const;
  await store.put(draft);
  if (id !== letter.id) await store.remove(letter.id);
  waiting.value = waiting.value.filter((one) => one.id !== letter.id);
  drafts.value = [draft, ...drafts.value.filter((one) => one.id !== id)];
}

/** The id is taken: by an earlier wording of our own, which a person must know, or by chance, and another id will do. */
async function taken(store: Store, letter: Entry<Letter>, path: string): Promise<void> {
  const heard = await quietly("GET", path);
  if (heard.status === 200) {
    await back(store, letter, uuid7(), null, referenceIn(heard.body));
  } else if (heard.status === 404) {
    const renamed = { ...letter, id: uuid7(), tries: 0, nextAt: 0 };
    await store.put(renamed);
    await store.remove(letter.id);
    waiting.value = waiting.value.map((one) => (one.id === letter.id ? renamed : one));
  }
}

function replace(letter: Entry<Letter>): void {
  waiting.value = waiting.value.map((one) => (one.id === letter.id ? letter : one));
}

function referenceIn(body: unknown): string | null {
  return typeof body === "object" && body !== null && "reference" in body ? String(body.reference) : null;
}

async function schedule(store: Store): Promise<void> {
  clearTimeout(timer);
  if (needsSignIn.value) return;
  const letters = await store.list<Letter>("waiting");
  if (letters.length === 0) return;
  const pause = Math.min(...letters.map((one) => one.nextAt)) - Date.now();
  timer = setTimeout(() => void flush(), Math.max(pause, 1_000));
}

function hurry(): void {
  if (Date.now() - hurried < HURRY_AT_MOST_EVERY_MS) return void flush();
  hurried = Date.now();
  void flush(true);
}

/** Begins to look after the queue; returns what ends it. */
export function begin(): () => void {
  const onChange = () => {
    clearTimeout(reading);
    reading = setTimeout(() => void refresh(), 300);
  };
  let reading: ReturnType<typeof setTimeout> | undefined;
  const online = () => {
    hurried = 0;
    hurry();
  };
  const shown = () => {
    if (document.visibilityState === "visible") hurry();
  };
  channel?.addEventListener("message", onChange);
  addEventListener("online", online);
  document.addEventListener("visibilitychange", shown);
  const stop = effect(() => {
    // Whoever has signed in again, or has coverage again.
    if (status.value !== "in" || away.value) return;
    needsSignIn.value = false;
    void refresh().then(hurry);
  });
  return () => {
    stop();
    clearTimeout(timer);
    clearTimeout(reading);
    channel?.removeEventListener("message", onChange);
    removeEventListener("online", online);
    document.removeEventListener("visibilitychange", shown);
  };
}
