/**
 * What this device keeps for each person who uses it: drafts, what waits to be sent, receipts, and the directory as it was
 * last known. Everything but times and counts is sealed with a key of that person (`seal.ts`); nobody is shown, or told
 * the number of, what another person has left here.
 */
import type { DBSchema, IDBPDatabase } from "idb";
import { type Patience } from "./queue";
import { type Sealed, canSeal, newKey, open, openBytes, seal, sealBytes } from "./seal";

/** Written here, on its way, stored and only followed; a file that goes after its referral; a patrol that is walked, or waits to be sent. */
export type Kind = "draft" | "waiting" | "receipt" | "file" | "walk" | "night";

interface Row extends Sealed, Patience {
  readonly id: string;
  readonly user: string;
  readonly kind: Kind;
  readonly createdAt: number;
  readonly updatedAt: number;
}

interface Tables extends DBSchema {
  keys: { key: string; value: CryptoKey };
  entries: { key: string; value: Row; indexes: { "user-kind": [string, Kind] } };
  /** What the server said last, by person and question. */
  known: { key: [string, string]; value: Sealed & { readonly at: number } };
  /** What is in a file that was taken or chosen here, by its id. */
  contents: { key: string; value: Sealed & { readonly id: string; readonly user: string }; indexes: { user: string } };
}

/** Something of one person's, opened. */
export interface Entry<T> extends Patience {
  readonly id: string;
  readonly kind: Kind;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly data: T;
}

export interface Known<T> {
  readonly at: number;
  readonly data: T;
}

export interface Store {
  /** All of a kind, the newest first. */
  list<T>(kind: Kind): Promise<Entry<T>[]>;
  count(kind: Kind): Promise<number>;
  get<T>(id: string): Promise<Entry<T> | null>;
  /** Writes it, durably: when this resolves, it survives the tab. */
  put(entry: Entry<unknown>): Promise<void>;
  remove(id: string): Promise<void>;
  recall<T>(question: string): Promise<Known<T> | null>;
  remember(question: string, data: unknown, at: number): Promise<void>;
  /** Writes what is in a file; durably, like `put`. */
  putContent(id: string, bytes: ArrayBuffer): Promise<void>;
  content(id: string): Promise<ArrayBuffer | null>;
  dropContent(id: string): Promise<void>;
  contents(): Promise<string[]>;
}

let opened: Promise<IDBPDatabase<Tables>> | null = null;

function database(): Promise<IDBPDatabase<Tables>> {
  if (!canSeal) return Promise.reject(new Error("this page can keep nothing"));
  opened ??= openTables().catch((error: unknown) => {
    // Such as a file of ours that did not come through; the next try may get it.
    opened = null;
    throw error;
  });
  return opened;
}

async function openTables(): Promise<IDBPDatabase<Tables>> {
  const { openDB } = await import("idb");
  return openDB<Tables>("stafett", 2, {
    upgrade(db, before) {
      if (before < 1) {
        db.createObjectStore("keys");
        db.createObjectStore("entries", { keyPath: "id" }).createIndex("user-kind", ["user", "kind"]);
        db.createObjectStore("known");
      }
      db.createObjectStore("contents", { keyPath: "id" }).createIndex("user", "user");
    },
    blocking: (_before, _after, event) => (event.target as IDBDatabase).close(),
    terminated: () => {
      opened = null;
    },
  });
}

const keys = new Map<string, Promise<CryptoKey>>();

function keyOf(user: string): Promise<CryptoKey> {
  const known = keys.get(user);
  if (known !== undefined) return known;
  const found = (async () => {
    const db = await database();
    const kept = await db.get("keys", user);
    if (kept !== undefined) return kept;
    const made = await newKey();
    // Two tabs may come here at once; the first to write has made the key.
    const write = db.transaction("keys", "readwrite");
    const earlier = await write.store.get(user);
    if (earlier === undefined) await write.store.put(made, user);
    await write.done;
    return earlier ?? made;
  })();
  keys.set(user, found);
  found.catch(() => keys.delete(user));
  return found;
}

const inMemory = new Map<string, Store>();

/** The store of one person. Where nothing can be sealed nothing is kept, and it lasts as long as the page. */
export function storeOf(user: string): Store {
  if (canSeal) return sealed(user);
  const store = inMemory.get(user) ?? memory();
  inMemory.set(user, store);
  return store;
}

function memory(): Store {
  const entries = new Map<string, Entry<unknown>>();
  const known = new Map<string, Known<unknown>>();
  const contents = new Map<string, ArrayBuffer>();
  const done = Promise.resolve();
  return {
    list: <T>(kind: Kind) => Promise.resolve([...entries.values()].filter((entry) => entry.kind === kind).reverse() as Entry<T>[]),
    count: (kind) => Promise.resolve([...entries.values()].filter((entry) => entry.kind === kind).length),
    get: <T>(id: string) => Promise.resolve((entries.get(id) ?? null) as Entry<T> | null),
    put: (entry) => (entries.set(entry.id, entry), done),
    remove: (id) => (entries.delete(id), done),
    recall: <T>(question: string) => Promise.resolve((known.get(question) ?? null) as Known<T> | null),
    remember: (question, data, at) => (known.set(question, { at, data }), done),
    putContent: (id, bytes) => (contents.set(id, bytes), done),
    content: (id) => Promise.resolve(contents.get(id) ?? null),
    dropContent: (id) => (contents.delete(id), done),
    contents: () => Promise.resolve([...contents.keys()]),
  };
}

function sealed(user: string): Store {
  const place = (id: string) => `${user}/${id}`;

  async function reveal<T>(row: Row): Promise<Entry<T> | null> {
    try {
      const data = await open<T>(await keyOf(user), place(row.id), row);
      const { id, kind, createdAt, updatedAt, tries, nextAt } = row;
      return { id, kind, createdAt, updatedAt, tries, nextAt, data };
    } catch {
      // The browser threw the key away and kept the entry: it can never be read again.
      return null;
    }
  }

  return {
    async list<T>(kind: Kind): Promise<Entry<T>[]> {
      const rows = await (await database()).getAllFromIndex("entries", "user-kind", [user, kind]);
      const entries = await Promise.all(rows.map((row) => reveal<T>(row)));
      return entries.filter((entry) => entry !== null).sort((a, b) => (a.id < b.id ? 1 : -1));
    },

    async count(kind: Kind): Promise<number> {
      return (await database()).countFromIndex("entries", "user-kind", [user, kind]);
    },

    async get<T>(id: string): Promise<Entry<T> | null> {
      const row = await (await database()).get("entries", id);
      return row?.user === user ? reveal<T>(row) : null;
    },

    async put(entry: Entry<unknown>): Promise<void> {
      const sealed = await seal(await keyOf(user), place(entry.id), entry.data);
      const { id, kind, createdAt, updatedAt, tries, nextAt } = entry;
      const write = (await database()).transaction("entries", "readwrite", { durability: "strict" });
      await write.store.put({ id, kind, createdAt, updatedAt, tries, nextAt, user, ...sealed });
      await write.done;
    },

    async remove(id: string): Promise<void> {
      const db = await database();
      if ((await db.get("entries", id))?.user === user) await db.delete("entries", id);
    },

    async recall<T>(question: string): Promise<Known<T> | null> {
      const row = await (await database()).get("known", [user, question]);
      if (row === undefined) return null;
      try {
        return { at: row.at, data: await open<T>(await keyOf(user), place(question), row) };
      } catch {
        return null;
      }
    },

    async remember(question: string, data: unknown, at: number): Promise<void> {
      const sealed = await seal(await keyOf(user), place(question), data);
      await (await database()).put("known", { ...sealed, at }, [user, question]);
    },

    async putContent(id: string, bytes: ArrayBuffer): Promise<void> {
      const sealed = await sealBytes(await keyOf(user), place(id), bytes);
      const write = (await database()).transaction("contents", "readwrite", { durability: "strict" });
      await write.store.put({ id, user, ...sealed });
      await write.done;
    },

    async content(id: string): Promise<ArrayBuffer | null> {
      const row = await (await database()).get("contents", id);
      if (row?.user !== user) return null;
      return openBytes(await keyOf(user), place(id), row).catch(() => null);
    },

    async dropContent(id: string): Promise<void> {
      const db = await database();
      if ((await db.get("contents", id))?.user === user) await db.delete("contents", id);
    },

    async contents(): Promise<string[]> {
      return (await database()).getAllKeysFromIndex("contents", "user", user);
    },
  };
}

