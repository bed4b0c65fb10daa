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
type Problem = components["schemas"]["Problem"];

interface Tokens {
  readonly access: string;
  readonly refresh: string;
  /** When the pair was made, by this browser's clock: the newest wins among tabs. */
  readonly madeAt: number;
  /** The id of the person whose tokens these are, once the server has said it. */
  readonly whose?: string;
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

/** What a body says that went wrong; null when those are not our server's words. For every way to it: each of them imports this file. */
export function problemIn(body: unknown): Problem | null {
  return typeof body === "object" && body !== null && "code" in body && "detail" in body ? (body as Problem) : null;
}

const KEY = "stafett.session";
/**
 * Who was here last, for a page that is opened without coverage: their own name and units, nothing of anybody's case. It
 * opens no door to the server. It goes when somebody signs out, or when the server says that the session has ended elsewhere,
 * and after these hours without the server it counts no more.
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
    if (me.value !== null && call.tokens.whose !== undefined && call.tokens.whose !== me.value.id) {
      leave();
      return;
    }
    // Another tab has signed in, or answered late: this one need not ask for what is there.
    if (status.value === "out" || status.value === "lost") void enter();
  } else {
    const somebody = me.value !== null;
    forget();
    if (somebody) leave();
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

/** To the first page, by loading it anew: nothing of one person's work stays on the screen or in memory for the next. */
function leave(): void {
  location.assign("/");
}

async function askPeers(): Promise<void> {
  if (channel === null) return;
  channel.postMessage({ kind: "ask" } satisfies Call);
  const before = tokens?.madeAt;
  const until = Date.now() + PEERS_ANSWER_WITHIN_MS;
  while (tokens?.madeAt === before && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function pairOf({ accessToken, refreshToken }: TokenAnswer, whose: string | undefined): Tokens {
  return { access: accessToken, refresh: refreshToken, madeAt: Date.now(), ...(whose === undefined ? {} : { whose }) };
}

/** How signing in went. */
export type SignedIn = { ok: true } | { ok: false; why: "wrong" | "away" } | { ok: false; why: "too-many"; seconds: string };

async function obtain(body: object, whose?: string): Promise<SignedIn> {
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
    keep(pairOf(pair, whose));
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
    const found = (await answer.json()) as Me;
    // What stands already need not be drawn anew.
    if (JSON.stringify(found) !== JSON.stringify(me.value)) me.value = found;
    if (tokens.whose !== found.id) keep({ ...tokens, whose: found.id });
    remember(LAST, JSON.stringify({ me: found, provedAt: Date.now() } satisfies Last));
    speakAsUsual(found.language);
    return "in";
  } catch {
    return "away";
  }
}

/**
 * Finds out who is here; called once, when the page is loaded. Whoever was here last, and has tokens of their own, need not
 * wait until the server has said so again: it looks at every request anyhow. Without coverage it is whoever was here last,
 * so that they can write; the server asks them to sign in before it takes anything.
 */
export async function start(): Promise<void> {
  const known = last();
  const open = (without: boolean) => {
    if (known === null || status.value !== "starting") return;
    me.value = known;
    speakAsUsual(known.language);
    away.value = without;
    status.value = "in";
  };
  const offline = () => open(true);
  const byTokens = navigator.onLine && known !== null && tokens?.whose === known.id;
  if (!navigator.onLine) offline();
  else if (byTokens) open(false);
  const patience = setTimeout(offline, OPEN_WITHIN_MS);
  try {
    if (tokens === null) await askPeers();
    if (tokens === null && known !== null && !(await isThere())) {
      offline();
      return;
    }
    for (;;) {
      const found = await load();
      if (found !== "away") {
        away.value = false;
        if (found === "out") {
          // Whoever has been signed out by the server, as from another device, is not known here without coverage either.
          if (tokens !== null) remember(LAST, null);
          keep(null);
        }
        if (found === "in" || status.value === "starting") status.value = found;
        // Whoever was let in by tokens that no longer hold signs in over the page. Whoever has begun to write without
        // coverage is not disturbed: they do so when the server needs to know them.
        else if (byTokens) status.value = "lost";
        return;
      }
      away.value = true;
      offline();
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
  const next = pairOf(pair, me.value?.id);
  keep(next);
  channel?.postMessage({ kind: "tell", tokens: next } satisfies Call);
}

/** Goes in with the tokens that are there. */
async function enter(): Promise<boolean> {
  const before = me.value;
  if ((await load()) !== "in") return false;
  if (before !== null && before.id !== me.value?.id) {
    leave();
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

/**
 * Leaves, in all tabs, unless something here is not finished and the person says to stay. `everywhere` ends all sessions of
 * theirs; where it fails, nobody leaves.
 */
export async function signOut(everywhere?: () => Promise<unknown>): Promise<void> {
  for (const ask of beforeLeaving) if (!(await ask())) return;
  if (everywhere === undefined) endOnServer();
  else await everywhere();
  channel?.postMessage({ kind: "signed-out" } satisfies Call);
  forget();
  leave();
}

/** So that a token that somebody has copied is good for nothing. It outlives the page; without coverage it is not heard. */
function endOnServer(): void {
  if (tokens === null) return;
  const body = JSON.stringify({ refreshToken: tokens.refresh });
  const headers = { "content-type": "application/json" };
  void fetch("/api/v1/auth/sign-out", { method: "POST", keepalive: true, headers, body }).catch(() => undefined);
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
  const before = tokens?.madeAt;
  await askPeers();
  if (tokens === null) return false;
  if (tokens.madeAt !== before) return true;
  const answer = await obtain({ refreshToken: tokens.refresh }, tokens.whose);
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
