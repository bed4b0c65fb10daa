/**
 * Who is signed in, and the two tokens that prove it.
 *
 * The tokens live in memory and in `sessionStorage`: they survive a reload and die with the tab. `localStorage` would
 * keep them on a shared machine after the browser was closed. Neither is safe from a foreign script, which is why the
 * server's content security policy lets none in. A new tab, such as one opened from a mail, asks the tabs that are open
 * (`BroadcastChannel`, same origin only), so nobody signs in twice.
 *
 * A refresh token works once, and a second use ends the whole session. So tabs renew one at a time under a Web Lock, and
 * the one that gets the lock first asks whether another has renewed meanwhile.
 */
import { computed, signal } from "@preact/signals";
import { speakAsUsual } from "../i18n";
import { recall, remember } from "../storage";
import type { components } from "./schema";

export type Me = components["schemas"]["Me"];
type TokenAnswer = components["schemas"]["TokenAnswer"];

interface Tokens {
  readonly access: string;
  readonly refresh: string;
  /** When the pair was made, by this browser's clock: the newest wins among tabs. */
  readonly madeAt: number;
}

/**
 * `starting` until we know; `out` shows the sign-in page; `in`; `lost` asks to sign in again over the page as it stands,
 * for what has been typed must not go.
 */
export type Status = "starting" | "out" | "in" | "lost";

export const status = signal<Status>("starting");
/** True while the server does not answer. */
export const away = signal(false);
export const me = signal<Me | null>(null);
/** The agencies whose work this person does. */
export const agencies = computed(() => me.value?.agencies ?? []);

const KEY = "stafett.session";
/**
 * Who was here last, for a page that is opened without coverage: their own name and units, nothing of anybody's case. It
 * opens no door to the server. Signing out takes it away, and after these hours without the server it counts no more.
 */
const LAST = "stafett.last";
const OFFLINE_FOR_MS = 12 * 3_600_000;
/** How long a page waits for a server that says nothing before it opens with what it knows. */
const OPEN_WITHIN_MS = 700;
const PEERS_ANSWER_WITHIN_MS = 150;

let tokens: Tokens | null = stored();
let renewing: Promise<boolean> | null = null;
let regained: (() => void)[] = [];

type Call =
  | { kind: "ask" }
  | { kind: "tell"; tokens: Tokens }
  | { kind: "signed-out" };

const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(KEY);

channel?.addEventListener("message", (event: MessageEvent<Call>) => {
  const call = event.data;
  if (call.kind === "ask") {
    if (tokens !== null) channel.postMessage({ kind: "tell", tokens } satisfies Call);
  } else if (call.kind === "tell") {
    if (call.tokens.madeAt <= (tokens?.madeAt ?? 0)) return;
    keep(call.tokens);
    // Another tab has signed in, or answered late: this one need not ask for what is there.
    if (status.value === "out" || status.value === "lost") void enter();
  } else {
    forget();
  }
});

function stored(): Tokens | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Tokens | null;
  } catch {
    return null;
  }
}

function keep(next: Tokens | null): void {
  tokens = next;
  try {
    if (next === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Then a reload means signing in again.
  }
}

interface Last {
  readonly me: Me;
  readonly provedAt: number;
}

function last(): Me | null {
  try {
    const found = JSON.parse(recall(LAST) ?? "null") as Last | null;
    const age = Date.now() - (found?.provedAt ?? 0);
    return found !== null && age >= 0 && age < OFFLINE_FOR_MS ? found.me : null;
  } catch {
    return null;
  }
}

function forget(): void {
  keep(null);
  remember(LAST, null);
  me.value = null;
  status.value = "out";
}

async function askPeers(): Promise<void> {
  if (channel === null) return;
  channel.postMessage({ kind: "ask" } satisfies Call);
  const before = tokens;
  const until = Date.now() + PEERS_ANSWER_WITHIN_MS;
  while (tokens === before && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** How signing in went. */
export type SignedIn = { ok: true } | { ok: false; why: "wrong" | "away" } | { ok: false; why: "too-many"; seconds: string };

async function obtain(body: object): Promise<SignedIn> {
  let answer: Response;
  try {
    answer = await fetch("/api/v1/auth/token", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    return { ok: false, why: "away" };
  }
  if (answer.ok) {
    const pair = (await answer.json()) as TokenAnswer;
    keep({ access: pair.accessToken, refresh: pair.refreshToken, madeAt: Date.now() });
    return { ok: true };
  }
  if (answer.status === 429) {
    return { ok: false, why: "too-many", seconds: answer.headers.get("retry-after") ?? "30" };
  }
  return { ok: false, why: answer.status >= 500 ? "away" : "wrong" };
}

async function load(): Promise<"in" | "out" | "away"> {
  if (tokens === null) return "out";
  const ask = () => fetch("/api/v1/me", { headers: { authorization: `Bearer ${tokens?.access ?? ""}` } });
  try {
    let answer = await ask();
    if (answer.status === 401 && (await renew())) answer = await ask();
    if (answer.status === 401) return "out";
    if (!answer.ok) return "away";
    me.value = (await answer.json()) as Me;
    remember(LAST, JSON.stringify({ me: me.value, provedAt: Date.now() } satisfies Last));
    speakAsUsual(me.value.language);
    return "in";
  } catch {
    return "away";
  }
}

/**
 * Finds out who is here; called once, when the page is loaded. Without coverage it is whoever was here last, so that they
 * can write; the server asks them to sign in before it takes anything.
 */
export async function start(): Promise<void> {
  const known = last();
  const open = () => {
    if (known === null || status.value !== "starting") return;
    me.value = known;
    away.value = true;
    status.value = "in";
  };
  if (!navigator.onLine) open();
  const patience = setTimeout(open, OPEN_WITHIN_MS);
  try {
    if (tokens === null) await askPeers();
    if (tokens === null && known !== null && !(await isThere())) {
      open();
      return;
    }
    for (;;) {
      const found = await load();
      if (found !== "away") {
        away.value = false;
        if (found === "out") keep(null);
        // Whoever has begun to write is not thrown out: they sign in when the server needs to know them.
        if (found === "in" || status.value === "starting") status.value = found;
        return;
      }
      away.value = true;
      open();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
  } finally {
    clearTimeout(patience);
  }
}

async function isThere(): Promise<boolean> {
  try {
    return (await fetch("/healthz")).ok;
  } catch {
    return false;
  }
}

/** Signs in by a local account. When it is the same person as before, whatever waited goes on. */
export async function signIn(username: string, password: string): Promise<SignedIn> {
  const answer = await obtain({ username, password });
  if (!answer.ok) return answer;
  if (!(await enter())) return { ok: false, why: "away" };
  if (tokens !== null) channel?.postMessage({ kind: "tell", tokens } satisfies Call);
  return answer;
}

/** Takes over a session that the server began for this person, as after a change of the password; other tabs follow. */
export function adopt(pair: TokenAnswer): void {
  const next = { access: pair.accessToken, refresh: pair.refreshToken, madeAt: Date.now() };
  keep(next);
  channel?.postMessage({ kind: "tell", tokens: next } satisfies Call);
}

/** Goes in with the tokens that are there. */
async function enter(): Promise<boolean> {
  const before = me.value;
  if ((await load()) !== "in") return false;
  if (before !== null && before.id !== me.value?.id) {
    // Another person must not find the page of the one before.
    location.assign("/");
    return true;
  }
  status.value = "in";
  const waiting = regained;
  regained = [];
  for (const goOn of waiting) goOn();
  return true;
}

/** Asked before somebody leaves; one that answers false keeps them here. */
export const beforeLeaving: (() => Promise<boolean>)[] = [];

/** Leaves, in all tabs, unless something here is not finished and the person says to stay. */
export async function signOut(): Promise<void> {
  for (const ask of beforeLeaving) if (!(await ask())) return;
  channel?.postMessage({ kind: "signed-out" } satisfies Call);
  forget();
  // Nothing of one person's work stays in memory for the next.
  location.assign("/");
}

/** The token of now; null when nobody is signed in. */
export function accessToken(): string | null {
  return tokens?.access ?? null;
}

/** Gets the next pair. False when the session is over. */
export function renew(): Promise<boolean> {
  renewing ??= exclusively(renewOnce).finally(() => {
    renewing = null;
  });
  return renewing;
}

async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  // Without locks (plain HTTP to another machine) tabs may collide, and somebody signs in once more.
  if (!("locks" in navigator)) return work();
  return navigator.locks.request(KEY, work);
}

async function renewOnce(): Promise<boolean> {
  const before = tokens;
  await askPeers();
  if (tokens === null) return false;
  if (tokens !== before) return true;
  const answer = await obtain({ refreshToken: tokens.refresh });
  if (answer.ok) {
    channel?.postMessage({ kind: "tell", tokens } satisfies Call);
    return true;
  }
  if (answer.why !== "wrong") away.value = true;
  if (answer.why !== "wrong") throw new TypeError("the server does not answer");
  return false;
}

/** Asks for a new session over the page, for whoever chooses to. */
export function signInAgain(): void {
  status.value = "lost";
}

/** Called by the client when a session is over: asks for a new one over the page, and resolves when it is there. */
export function lost(): Promise<void> {
  status.value = "lost";
  return new Promise((resolve) => regained.push(resolve));
}
