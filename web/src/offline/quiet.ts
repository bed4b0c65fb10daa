/**
 * Requests that nobody waits for: they fail in silence, and never ask anybody to sign in over what they are writing. The
 * outbox and the directory's copy use them; everything else goes through `api/client.ts`.
 */
import { accessToken, away, renew } from "../api/session";
import { language } from "../i18n";

/** What came back. `status` is 0 when nothing did. */
export interface Heard {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | null;
  /** Where what was made lies. */
  readonly location: string | null;
}

/** A phone in a cellar may hold a connection open that will never answer. */
const GIVE_UP_AFTER_MS = 30_000;
const NOTHING: Heard = { status: 0, body: null, retryAfter: null, location: null };

export async function quietly(method: string, path: string, body?: unknown, more: Readonly<Record<string, string>> = {}): Promise<Heard> {
  for (let attempt = 0; ; attempt++) {
    let answer: Response;
    try {
      answer = await fetch(path, {
        method,
        headers: {
          accept: "application/json",
          "accept-language": language.value,
          authorization: `Bearer ${accessToken() ?? ""}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...more,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(GIVE_UP_AFTER_MS),
      });
      if (answer.status === 401 && attempt === 0 && (await renew())) continue;
    } catch {
      away.value = true;
      return NOTHING;
    }
    away.value = [502, 503, 504].includes(answer.status);
    const json = (answer.headers.get("content-type") ?? "").includes("json");
    try {
      return { status: answer.status, body: json ? await answer.json() : null, retryAfter: answer.headers.get("retry-after"), location: answer.headers.get("location") };
    } catch {
      // The answer broke off in the middle: what it said is not known.
      return NOTHING;
    }
  }
}
