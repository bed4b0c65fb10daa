/**
 * Sends what waits, for as long as it takes.
 *
 * One tab at a time sends, under a Web Lock; what it sends is read inside the lock, so no two tabs hold the same letter.
 * A lost answer is met by the same request again (`queue.ts`), never by another id.
 */
import { effect } from "@preact/signals";
import type { Problem } from "../api/client";
import { away, problemIn, status } from "../api/session";
import { asked, meaning, tried } from "./queue";
import { type Heard, quietly } from "./quiet";
import { type Draft, type Letter, type Night, type Parcel, type Receipt, alone, attachedTo, changed, drafts, mine, needsSignIn, nights, onChange, parcels, receipts, refresh, renamed, sweep, waiting, wake } from "./shelf";
import type { Entry, Kind, Store } from "./store";
import { uuid7 } from "./uuid";

/** So many silences in a row, and there is no coverage rather than a bad moment. */
const GIVE_UP_AFTER = 3;
const HURRY_AT_MOST_EVERY_MS = 30_000;

let timer: ReturnType<typeof setTimeout> | undefined;
let hurried = 0;

/** Sends what is due; with `hurry`, what is not due yet, too. */
async function flush(hurry = false): Promise<void> {
  const store = mine();
  if (store === null || status.value === "out") return;
  await alone(async () => {
    // Words before pictures: a referral never waits for a file, and a file goes nowhere without its referral.
    if ((await pass<Letter>(store, "waiting", hurry, send)) && (await pass<Parcel>(store, "file", hurry, sendParcel))) await pass<Night>(store, "night", hurry, sendNight);
  }, true);
  await schedule(store);
}

type Outcome = "answered" | "silence" | "signed-out";

/** Sends all of a kind that is due. False when there is no use in going on. */
async function pass<T>(store: Store, kind: Kind, hurry: boolean, send: (store: Store, entry: Entry<T>) => Promise<Outcome>): Promise<boolean> {
  const done = new Set<string>();
  let silences = 0;
  for (;;) {
    const now = Date.now();
    const entries = (await store.list<T>(kind)).filter((one) => !done.has(one.id) && (hurry || one.nextAt <= now));
    if (entries.length === 0) return true;
    for (const entry of entries.reverse()) {
      done.add(entry.id);
      const said = await send(store, entry);
      if (said === "signed-out") return false;
      silences = said === "silence" ? silences + 1 : 0;
      if (silences >= GIVE_UP_AFTER || !navigator.onLine) return false;
    }
  }
}

/** What came back, however it was sent. */
type Reply = Pick<Heard, "status" | "body" | "retryAfter">;

interface Sending<T, R extends Reply> {
  /** Asks the server. */
  readonly ask: () => Promise<R>;
  /** Writes down how it stands. */
  readonly note: (entry: Entry<T>) => Promise<void>;
  /** Ends the waiting. */
  readonly stored: (reply: R) => Promise<void>;
  readonly refused: (problem: Problem | null, trying: Entry<T>) => Promise<void>;
  /** The id is taken by other words. */
  readonly taken: (problem: Problem | null, trying: Entry<T>) => Promise<void>;
  readonly inCase?: boolean;
}

/** One try: that it is made is written down before the request leaves, and what it meant when the answer is here. */
async function attempt<T, R extends Reply>(entry: Entry<T>, { ask, note, stored, refused, taken, inCase = false }: Sending<T, R>): Promise<Outcome> {
  const trying = { ...entry, ...tried(entry, Date.now(), Math.random()) };
  await note(trying);
  const reply = await ask();
  const problem = problemIn(reply.body);
  const said = reply.status === 0 ? ({ kind: "silence", afterMs: 0 } as const) : meaning(reply.status, problem, reply.retryAfter, inCase);
  switch (said.kind) {
    case "stored":
      await stored(reply);
      break;
    case "refused":
      await refused(problem, trying);
      break;
    case "taken":
      await taken(problem, trying);
      break;
    case "silence":
      if (said.afterMs > 0) await note({ ...trying, ...asked(trying, Date.now(), said.afterMs) });
      return "silence";
    case "signed-out":
      // Not tried at all: the server did not look at it. It goes when somebody has signed in.
      await note(entry);
      needsSignIn.value = true;
      return "signed-out";
  }
  needsSignIn.value = false;
  changed();
  return "answered";
}

/** Keeps it with what was wrong: a person decides what becomes of it. */
function keeping<T extends object>(store: Store) {
  return async (problem: Problem | null, trying: Entry<T>) => {
    await store.put({ ...trying, data: { ...trying.data, problem } });
    await refresh();
  };
}

/** Sends a file by the id that was made for it here. */
async function sendParcel(store: Store, parcel: Entry<Parcel>): Promise<Outcome> {
  const { data } = parcel;
  if (data.problem !== null) return "answered";
  const bytes = await store.content(parcel.id);
  if (bytes === null) {
    // Sent already, by a tab that was killed before it could write that down.
    await store.remove(parcel.id);
    return "answered";
  }
  return attempt(parcel, {
    ask: async () => (await import("../files/send")).sendFile(data.referral, parcel.id, { name: data.name, type: data.type, bytes }),
    note: (entry) => store.put(entry),
    stored: async () => {
      await store.remove(parcel.id);
      await store.dropContent(parcel.id);
      parcels.value = parcels.value.filter((one) => one.id !== parcel.id);
    },
    refused: keeping(store),
    taken: keeping(store),
  });
}

/** Sends a patrol with its whole tally, by the ids that were made here. */
async function sendNight(store: Store, night: Entry<Night>): Promise<Outcome> {
  if (night.data.problem !== null) return "answered";
  return attempt(night, {
    ask: () => quietly("PUT", `/api/v1/outreach/patrols/${night.id}`, night.data.request, { "if-none-match": "*" }),
    note: (entry) => store.put(entry),
    stored: async () => {
      await store.remove(night.id);
      nights.value = nights.value.filter((one) => one.id !== night.id);
    },
    refused: keeping(store),
    taken: keeping(store),
  });
}

async function send(store: Store, letter: Entry<Letter>): Promise<Outcome> {
  const { inCase, request } = letter.data;
  const path = `/api/v1/referrals/${letter.id}`;
  return attempt(letter, {
    inCase: inCase !== undefined,
    // Either way the server does it once: by the id that was made here, or by a key that is never used for anything else.
    ask: () =>
      inCase === undefined
        ? quietly("PUT", path, request, { "if-none-match": "*" })
        : quietly("POST", `/api/v1/cases/${inCase}/referrals`, request, { "idempotency-key": letter.id }),
    note: async (entry) => {
      await store.put(entry);
      waiting.value = waiting.value.map((one) => (one.id === entry.id ? entry : one));
    },
    stored: async ({ status, body, location }) => {
      const reference = status === 201 && inCase === undefined ? referenceIn(body) : referenceIn((await quietly("GET", location ?? path)).body);
      await stored(store, letter, reference, inCase === undefined ? letter.id : (location?.split("/").at(-1) ?? reference));
    },
    refused: (problem) => back(store, letter, letter.id, problem, null),
    taken: () => taken(store, letter, path),
  });
}

async function stored(store: Store, letter: Entry<Letter>, reference: string | null, referral: string | null): Promise<void> {
  const now = Date.now();
  // Before the letter is gone: whoever is killed in between sends it again, is told that it is there, and comes here anew.
  for (const file of attachedTo(letter.data.form)) {
    if (referral === null) break;
    const parcel: Parcel = { ...file, referral, to: letter.data.to, problem: null };
    await store.put({ id: file.id, kind: "file", createdAt: letter.createdAt, updatedAt: now, tries: 0, nextAt: 0, data: parcel });
  }
  parcels.value = await store.list<Parcel>("file");
  const data: Receipt = {
    reference,
    ...(letter.data.inCase === undefined ? {} : { inCase: letter.data.inCase }),
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
  if (id !== letter.id) {
    await store.remove(letter.id);
    renamed.set(letter.id, id);
  }
  waiting.value = waiting.value.filter((one) => one.id !== letter.id);
  drafts.value = [draft, ...drafts.value.filter((one) => one.id !== id)];
}

/** The id is taken: by an earlier wording of our own, which a person must know, or by chance, and another id will do. */
async function taken(store: Store, letter: Entry<Letter>, path: string): Promise<void> {
  const heard = await quietly("GET", path);
  if (heard.status === 200) {
    await back(store, letter, uuid7(), null, referenceIn(heard.body));
  } else if (heard.status === 404) {
    const anew = { ...letter, id: uuid7(), tries: 0, nextAt: 0 };
    await store.put(anew);
    await store.remove(letter.id);
    renamed.set(letter.id, anew.id);
    waiting.value = waiting.value.map((one) => (one.id === letter.id ? anew : one));
  }
}

function referenceIn(body: unknown): string | null {
  return typeof body === "object" && body !== null && "reference" in body ? String(body.reference) : null;
}

async function schedule(store: Store): Promise<void> {
  clearTimeout(timer);
  if (needsSignIn.value) return;
  const files = (await store.list<Parcel>("file")).filter(({ data }) => data.problem === null);
  const walked = (await store.list<Night>("night")).filter(({ data }) => data.problem === null);
  const due = [...(await store.list<Letter>("waiting")), ...files, ...walked].map((one) => one.nextAt);
  if (due.length === 0) return;
  const pause = Math.min(...due) - Date.now();
  timer = setTimeout(() => void flush(), Math.max(pause, 1_000));
}

function hurry(): void {
  if (Date.now() - hurried < HURRY_AT_MOST_EVERY_MS) return void flush();
  hurried = Date.now();
  void flush(true);
}

/** Begins to look after the queue; returns what ends it. */
export function begin(): () => void {
  void sweep(Date.now()).catch(() => undefined);
  let reading: ReturnType<typeof setTimeout> | undefined;
  const stopListening = onChange(() => {
    clearTimeout(reading);
    reading = setTimeout(() => void refresh(), 300);
  });
  const online = () => {
    hurried = 0;
    hurry();
  };
  const shown = () => {
    if (document.visibilityState === "visible") hurry();
  };
  addEventListener("online", online);
  document.addEventListener("visibilitychange", shown);
  const stop = effect(() => {
    // Whoever has signed in again, or has coverage again.
    if (status.value !== "in" || away.value) return;
    needsSignIn.value = false;
    void refresh().then(hurry);
  });
  let asked = wake.peek();
  const stopSending = wake.subscribe((now) => {
    if (now > asked) void flush(true);
    asked = now;
  });
  return () => {
    stop();
    clearTimeout(timer);
    clearTimeout(reading);
    stopListening();
    stopSending();
    removeEventListener("online", online);
    document.removeEventListener("visibilitychange", shown);
  };
}
