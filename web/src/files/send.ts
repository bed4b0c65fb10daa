/** Sends a file under an id that was made here: however often it is sent, there is one. */
import { accessToken, away, lost, renew } from "../api/session";
import { language } from "../i18n";
import type { Piece } from "./photo";

export interface Answer {
  /** 0 when nothing came back. */
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | null;
}

interface Sending {
  /** The part that has left, from 0 to 1. */
  readonly progress?: (part: number) => void;
  readonly stop?: AbortSignal;
  /** Whether to ask for a new session over the page when this one is over; else 401 is an answer like others. */
  readonly asks?: boolean;
}

export async function sendFile(referral: string, id: string, piece: Piece, { progress, stop, asks }: Sending = {}): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    const answer = await once(referral, id, piece, progress, stop);
    if (answer.status === 0) {
      if (stop?.aborted !== true) away.value = true;
      return answer;
    }
    away.value = [502, 503, 504].includes(answer.status);
    if (answer.status !== 401) return answer;
    const renewed = attempt === 0 && (await renew().catch(() => false));
    if (renewed) continue;
    if (asks !== true) return answer;
    await lost();
  }
}

/** By the older way of asking, for it alone tells how far it has come. */
function once(referral: string, id: string, piece: Piece, progress?: (part: number) => void, stop?: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `/api/v1/referrals/${referral}/attachments/${id}`);
    const headers = {
      accept: "application/json",
      "accept-language": language.value,
      authorization: `Bearer ${accessToken() ?? ""}`,
      "content-type": piece.type,
      "if-none-match": "*",
      ...(piece.name === "" ? {} : { "content-disposition": `attachment; filename*=UTF-8''${percent(piece.name)}` }),
    };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded, total }) => progress?.(total === 0 ? 0 : loaded / total));
    request.addEventListener("loadend", () => resolve({ status: request.status, body: read(request), retryAfter: request.getResponseHeader("retry-after") }));
    stop?.addEventListener("abort", () => request.abort());
    request.send(piece.bytes);
  });
}

/** As RFC 8187 wants it in a header. */
function percent(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
}

function read(request: XMLHttpRequest): unknown {
  if (!(request.getResponseHeader("content-type") ?? "").includes("json")) return null;
  try {
    return JSON.parse(request.responseText);
  } catch {
    return null;
  }
}
