/**
 * What changes, as it changes (`GET /events`). One tab of a browser follows for all of them, since a browser opens few lines
 * to one server. Where no line can be had, pages go on asking now and then.
 */
import { type EventSourceMessage, createParser } from "eventsource-parser";
import { accessToken, me, renew } from "./session";

/** Something has happened to a referral, by its id; null when too much was missed to say to which. */
export type Changed = string | null;

type Word = { kind: "changed"; referral: Changed } | { kind: "alive" };

/** The server says every 15 seconds that the line lives. */
const SILENT_MS = 40_000;
const FIRST_WAIT_MS = 3_000;
const LONGEST_WAIT_MS = 60_000;
/** What browsers do with this answer to a line of events: they ask no more. */
const NO_CONTENT = 204;

const listeners = new Set<(referral: Changed) => void>();
let heardAt = 0;
/** Whose line it is, and what closes it. */
let joined: { readonly whose: string; readonly leave: () => void } | null = null;

/** Whether a change would be told at once, so that a page need not ask. */
export function live(): boolean {
  return Date.now() - heardAt < SILENT_MS;
}

/** Calls `listener` for each change until the returned function is called. */
export function onChange(listener: (referral: Changed) => void): () => void {
  listeners.add(listener);
  const whose = me.value?.id;
  if (whose !== undefined && joined?.whose !== whose) {
    joined?.leave();
    joined = join(whose);
  }
  return () => {
    listeners.delete(listener);
    // The next page usually follows as well: a line is not closed only to be opened again.
    setTimeout(() => {
      if (listeners.size > 0) return;
      joined?.leave();
      joined = null;
    }, FIRST_WAIT_MS);
  };
}

function hear(word: Word): void {
  heardAt = Date.now();
  if (word.kind === "changed") listeners.forEach((listener) => listener(word.referral));
}

function join(whose: string) {
  const stop = new AbortController();
  const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(`stafett.events.${whose}`);
  channel?.addEventListener("message", (event: MessageEvent<Word>) => hear(event.data));
  const tell = (word: Word) => {
    hear(word);
    channel?.postMessage(word);
  };
  const lead = () => follow(tell, stop.signal);
  const leading = "locks" in navigator ? navigator.locks.request(`stafett.events.${whose}`, { signal: stop.signal }, lead) : lead();
  // Left before it was this tab's turn.
  leading.catch(() => undefined);
  const leave = () => {
    stop.abort();
    channel?.close();
    heardAt = 0;
  };
  return { whose, leave };
}

/** Comes back for as long as somebody listens: the line ends with each access token, and with each server that stops. */
async function follow(tell: (word: Word) => void, stop: AbortSignal): Promise<void> {
  const seen: { last: string | null } = { last: null };
  let wait = FIRST_WAIT_MS;
  const read = createParser({
    onEvent: (event) => {
      seen.last = event.id ?? seen.last;
      tell({ kind: "changed", referral: named(event) });
    },
    onComment: () => tell({ kind: "alive" }),
  });
  while (!stop.aborted) {
    try {
      const headers = { authorization: `Bearer ${accessToken() ?? ""}`, ...(seen.last === null ? {} : { "last-event-id": seen.last }) };
      const answer = await fetch("/api/v1/events", { headers, signal: stop });
      if (answer.status === NO_CONTENT) return;
      if (answer.status === 401) await renew();
      else if (answer.ok && answer.body !== null) {
        // Nobody tells what came between the answer on the screen and this line's beginning: who listens looks once more.
        tell(seen.last === null ? { kind: "changed", referral: null } : { kind: "alive" });
        wait = FIRST_WAIT_MS;
        const lines = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let piece = await lines.read(); !piece.done; piece = await lines.read()) read.feed(piece.value);
      }
    } catch {
      // The banner says it when the server is away; whoever listens is not told twice.
    }
    read.reset();
    await pause(wait, stop);
    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  }
}

function named({ event, data }: EventSourceMessage): Changed {
  return event === "reset" ? null : (JSON.parse(data) as { referral: string }).referral;
}

function pause(length: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, length);
    stop.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
