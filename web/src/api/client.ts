/** The one way to the API: typed from the server's own OpenAPI document (`schema.ts`, made by `npm run types`). */
import createClient from "openapi-fetch";
import { language } from "../i18n";
import { askReason, reasonFor } from "./reason";
import { accessToken, away, lost, problemIn, renew } from "./session";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];

/**
 * Adds who asks and in which language, and sees to it that an answer comes: a token that is spent is renewed, and a
 * session that is over is asked for anew while the request waits.
 */
async function send(request: Request): Promise<Response> {
  const quiet = request.headers.has(QUIET);
  for (let attempt = 0; ; attempt++) {
    const headers = new Headers(request.headers);
    headers.delete(QUIET);
    const reason = reasonFor(request.url);
    if (reason !== undefined && !headers.has("look-reason")) headers.set("look-reason", encodeURIComponent(reason));
    const token = accessToken();
    if (token !== null) headers.set("authorization", `Bearer ${token}`);
    if (!headers.has("accept-language")) headers.set("accept-language", language.value);
    // A repeated request is done once, whatever became of the first answer.
    if (request.method === "POST" && !headers.has("idempotency-key")) headers.set("idempotency-key", unique());
    request = new Request(request, { headers });
    let answer: Response;
    try {
      answer = await fetch(request.clone());
      away.value = [502, 503, 504].includes(answer.status);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) away.value = true;
      throw error;
    }
    if (!quiet && reason === undefined && (await demandsReason(answer)) && (await askReason(request.url))) continue;
    if (answer.status !== 401) return answer;
    if (attempt > 0 || !(await renew())) await lost();
  }
}

/** Set by a request that nobody asked for by hand, such as a preview: it is refused rather than meets somebody with a question. */
const QUIET = "x-quiet";
export const quietly = { [QUIET]: "1" };

async function demandsReason(answer: Response): Promise<boolean> {
  if (answer.status !== 422) return false;
  return problemIn(await answer.clone().json().catch(() => null))?.code === "look-reason-required";
}

function unique(): string {
  // `randomUUID` exists on secure pages only.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: send });

/** What went wrong, for people: the server's words when it had any. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem | null,
  ) {
    super(problem?.detail ?? String(status));
  }
}

/** The data of an answer, or [`Refused`]. */
export async function must<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (data !== undefined) return data;
  throw new Refused(response.status, problemIn(error));
}

/** For an answer that has nothing to say but that it is done; or [`Refused`]. */
export async function done(answer: Promise<{ error?: unknown; response: Response }>): Promise<true> {
  const { error, response } = await answer;
  if (response.ok) return true;
  throw new Refused(response.status, problemIn(error));
}
