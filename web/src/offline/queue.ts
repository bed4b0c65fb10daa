/**
 * What becomes of something that waits to be sent. Pure: the clock and chance are handed in.
 *
 * Only the server's word ends the waiting: stored (201), or stored already (412). An answer that is lost is no answer,
 * and the same id with the same words is sent again, without limit: the server makes one referral of it.
 */
import type { Problem } from "../api/client";

/** How often it was tried, and when it is due to be tried again. */
export interface Patience {
  readonly tries: number;
  readonly nextAt: number;
}

/** What the server, or the lack of one, said. */
export type Said =
  | { readonly kind: "stored" }
  /** The words cannot be taken as they are: a person must mend them. */
  | { readonly kind: "refused"; readonly problem: Problem | null }
  /** The id is taken by other words. */
  | { readonly kind: "taken" }
  | { readonly kind: "signed-out" }
  | { readonly kind: "silence"; readonly afterMs: number };

const FIRST_PAUSE_MS = 2_000;
/** Never longer: whoever comes out of a cellar should not wait for the phone to make up its mind. */
const LONGEST_PAUSE_MS = 5 * 60_000;
/** After this, somebody should know that what they wrote has not left the phone. */
export const OLD_AFTER_MS = 48 * 3_600_000;

/**
 * What an answer to `PUT /referrals/{id}` with `If-None-Match: *` means; `inCase`, to `POST /cases/{id}/referrals`, where
 * nobody can have taken the id, but the case may have been closed meanwhile.
 */
export function meaning(status: number, problem: Problem | null, retryAfter: string | null, inCase = false): Said {
  if (status === 201 || (status === 412 && !inCase)) return { kind: "stored" };
  if (status === 401) return { kind: "signed-out" };
  if (inCase && status === 409 && problem !== null && problem.code !== "idempotency-in-progress") return { kind: "refused", problem };
  if (status === 409 && problem?.code === "conflict") return { kind: "taken" };
  if (status === 408 || status === 429 || status >= 500 || status === 409) {
    const seconds = Number(retryAfter);
    return { kind: "silence", afterMs: Number.isFinite(seconds) ? seconds * 1_000 : 0 };
  }
  // What a Wi-Fi's own sign-in page answers is not ours, and must not make a draft of a referral.
  if (status < 400 || problem === null) return { kind: "silence", afterMs: 0 };
  return { kind: "refused", problem };
}

/**
 * As it stands while it is being tried, which is written down before the request leaves: a tab that is killed in the
 * middle must know afterwards that the server may have it. It is due again after twice as long as before, with some
 * chance in it so that phones do not call in step.
 */
export function tried(patience: Patience, now: number, chance: number): Patience {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(patience.tries, 20), LONGEST_PAUSE_MS);
  return { tries: patience.tries + 1, nextAt: now + pause * (0.5 + chance / 2) };
}

/** Until when to leave the server alone, when it asked for that. */
export function asked(patience: Patience, now: number, afterMs: number): Patience {
  return { ...patience, nextAt: Math.max(patience.nextAt, now + Math.min(afterMs, LONGEST_PAUSE_MS)) };
}

/** Whether somebody may still change it: once it was tried, the server may have it, and the two would differ. */
export function mayChange(patience: Patience): boolean {
  return patience.tries === 0;
}

export function isOld(since: number, now: number): boolean {
  return now - since > OLD_AFTER_MS;
}
