/** A referral, read and acted on. What may be done with it stands in its own `actions`. */
import { type Schemas, Refused, api, must, quietly } from "../api/client";

export type Referral = Schemas["ReferralOut"];
export type Row = Schemas["ReferralRow"];
export type Handoff = Schemas["HandoffOut"];
export type Action = Schemas["ActionOut"];
export type Entry = Schemas["EntryOut"];
export type Message = Schemas["MessageOut"];

export function read(reference: string): Promise<Referral> {
  return must(api.GET("/api/v1/referrals/{id}", { params: { path: { id: reference } } }));
}

/** The same for a preview: where the server demands to know why, it is refused instead of asking. */
export function glance(reference: string): Promise<Referral> {
  return must(api.GET("/api/v1/referrals/{id}", { params: { path: { id: reference } }, headers: quietly }));
}

/** The same with why one looks, in words: they stand with the look in the access log. */
export function readBecause(reference: string, reason: string): Promise<Referral> {
  return must(api.GET("/api/v1/referrals/{id}", { params: { path: { id: reference }, header: { "Look-Reason": encodeURIComponent(reason) } } }));
}

/** Whether one of `agencies` has or had a part in it. Who reads it without came in by break-glass. */
export function takesPart(referral: Referral, agencies: readonly { readonly id: string }[]): boolean {
  const parts = [referral.originator, referral.custodian, referral.coordinator, ...referral.handoffs.flatMap(({ sender, receiver, forwardedBy }) => [sender, receiver, forwardedBy])];
  return agencies.some(({ id }) => parts.some((part) => part?.id === id));
}

/** Where it stands, without opening it: opening is a look, and is written down. Null when it is not in the lists. */
export async function peek(reference: string): Promise<Row | null> {
  return (await must(api.GET("/api/v1/referrals", { params: { query: { box: "all", q: reference, limit: 1 } } }))).items[0] ?? null;
}

/** The whole log, the oldest first. */
export async function timeline(reference: string): Promise<readonly Entry[]> {
  return (await must(api.GET("/api/v1/referrals/{id}/timeline", { params: { path: { id: reference } } }))).items;
}

export async function messages(reference: string): Promise<readonly Message[]> {
  return (await must(api.GET("/api/v1/referrals/{id}/messages", { params: { path: { id: reference } } }))).items;
}

export async function write(reference: string, words: string): Promise<void> {
  await must(api.POST("/api/v1/referrals/{id}/messages", { params: { path: { id: reference } }, body: { text: words } }));
}

/** What an action was given, by the names in its schema. */
export type Input = Record<string, unknown>;

/** Takes an action on the version that somebody has seen. Somebody faster makes it a [`Refused`] with status 412. */
export function act(reference: string, version: number, action: string, input: Input): Promise<Referral> {
  return must(
    api.POST("/api/v1/referrals/{id}/transitions", {
      params: { path: { id: reference }, header: { "If-Match": `"${String(version)}"` } },
      body: { action, input },
    }),
  );
}

type Snooze = Schemas["SnoozeOut"];

/** Puts it out of my own sight for a while; nobody else sees that, and nothing of the referral changes. */
export function putAside(reference: string, until: string): Promise<Snooze> {
  return must(api.PUT("/api/v1/referrals/{id}/snooze", { params: { path: { id: reference } }, body: { until } }));
}

/** Takes it out again. */
export function takeOut(reference: string): Promise<Snooze> {
  return must(api.DELETE("/api/v1/referrals/{id}/snooze", { params: { path: { id: reference } } }));
}

export type Verdict = Schemas["VerdictOut"];

/** The same for several, each judged for itself on the version that was seen. `key` makes a repeated request one. */
export async function actOnAll(rows: readonly Row[], action: string, input: Input, key: string): Promise<readonly Verdict[]> {
  const items = rows.map(({ reference, version }) => ({ id: reference, version }));
  return (await must(api.POST("/api/v1/referrals/bulk", { params: { header: { "Idempotency-Key": key } }, body: { action, input, items } }))).items;
}

/** Whether somebody else has decided something meanwhile. */
export function isStale(error: unknown): boolean {
  return error instanceof Refused && error.status === 412;
}
