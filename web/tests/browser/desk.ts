/** Referrals for the tests of the desk, sent by the API as another system would. */
import { expect, inject } from "vitest";

type Json = Record<string, unknown>;

export interface Sent {
  readonly reference: string;
  readonly version: number;
}

async function request(persona: string, method: string, path: string, headers: Record<string, string>, body?: Json): Promise<Json> {
  const answer = await fetch(`${inject("url")}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${inject("tokens")[persona] ?? ""}`, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const told = (await answer.json()) as Json;
  expect(answer.ok, JSON.stringify(told)).toBe(true);
  return told;
}

/** Outreach sends a service referral to the district, urgent enough to stand at the top. */
export async function send(alias: string): Promise<Sent> {
  const told = await request("outreach", "POST", "/referrals", {}, {
    workflow: "service-referral",
    sender: "uteseksjonen",
    receiver: "bydel-grunerlokka",
    person: { alias, estimatedAge: 17, whereabouts: { municipality: "0301", district: "030102" } },
    needs: ["housing", "school-work"],
    urgency: "emergency",
    legalBasis: { code: "right-to-disclose", reason: "Avtalt samarbeid" },
    summary: `${alias} har sluttet på skolen og sover hos venner.`,
    send: true,
  });
  return { reference: String(told.reference), version: Number(told.version) };
}

export function act(persona: string, { reference, version }: Sent, action: string, input: Json = {}): Promise<Json> {
  return request(persona, "POST", `/referrals/${reference}/transitions`, { "if-match": `"${String(version)}"` }, { action, input });
}

export function look(persona: string, reference: string): Promise<Json> {
  return request(persona, "GET", `/referrals/${reference}`, {});
}

export function message(persona: string, reference: string, text: string): Promise<Json> {
  return request(persona, "POST", `/referrals/${reference}/messages`, {}, { text });
}

/** Who has the baton. */
export async function custodian(reference: string): Promise<string> {
  return String(((await look("outreach", reference)).custodian as Json).slug);
}
