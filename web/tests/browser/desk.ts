/** Referrals for the tests of the desk, sent by the API as another system would. */
import { expect, inject } from "vitest";

export type Json = Record<string, unknown>;

export interface Sent {
  readonly reference: string;
  readonly version: number;
}

/** A request to the API as somebody of the demo; fails the test when it is refused. */
export async function request(persona: string, method: string, path: string, headers: Record<string, string>, body?: Json): Promise<Json> {
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

/** Outreach reports to child welfare: a referral in which the district has no part. */
export async function report(alias: string, person: Json = {}): Promise<string> {
  const told = await request("outreach", "POST", "/referrals", {}, {
    workflow: "concern-report",
    sender: "uteseksjonen",
    receiver: "barnevernvakten",
    person: { alias, estimatedAge: 15, whereabouts: { municipality: "0301", district: "030102" }, ...person },
    needs: ["shelter"],
    urgency: "urgent",
    legalBasis: { code: "duty-to-report", reason: "Ute alene om natten" },
    informed: { youth: true, guardians: false, reason: "Svarer ikke" },
    summary: `Vi traff ${alias} ved Vaterland.`,
    send: true,
  });
  return String(told.reference);
}

/** `why` is for a strictly confidential youth, of whom nobody sees anything without saying why. */
export function act(persona: string, { reference, version }: Sent, action: string, input: Json = {}, why = ""): Promise<Json> {
  const headers = { "if-match": `"${String(version)}"`, ...(why === "" ? {} : { "look-reason": encodeURIComponent(why) }) };
  return request(persona, "POST", `/referrals/${reference}/transitions`, headers, { action, input });
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

export interface Opened {
  readonly reference: string;
  /** By workflow. */
  readonly referrals: Readonly<Record<string, string>>;
}

/** Outreach opens a case: child welfare and immigration are told at once, the district is asked, and two needs have nobody. */
export async function openCase(alias: string): Promise<Opened> {
  const told = await request("outreach", "POST", "/cases", {}, {
    coordinator: "uteseksjonen",
    needs: ["school-work", "leisure"],
    person: { alias, estimatedAge: 16, whereabouts: { municipality: "0301", district: "030102" }, flags: ["suspected-trafficking"] },
    referrals: [
      {
        workflow: "concern-report",
        receiver: "barnevernvakten",
        needs: ["shelter", "trafficking"],
        urgency: "emergency",
        legalBasis: { code: "duty-to-report", reason: "16 år, blir passet på av voksne menn" },
        informed: { youth: false, guardians: false, reason: "Kan utsette henne for fare" },
        summary: `Vi traff ${alias} ved Vaterland kl. 01.30.`,
        send: true,
      },
      {
        workflow: "notification",
        receiver: "udi",
        needs: ["residence-permit"],
        urgency: "urgent",
        legalBasis: { code: "duty-to-avert", reason: "Mistanke om menneskehandel" },
        summary: "Uten papirer, mulig offer for menneskehandel.",
        send: true,
      },
      {
        workflow: "service-referral",
        receiver: "bydel-grunerlokka",
        needs: ["housing", "economy"],
        urgency: "routine",
        legalBasis: { code: "right-to-disclose", reason: "Avtalt samarbeid" },
        summary: "Trenger et sted å bo på sikt.",
        send: true,
      },
    ],
  });
  return { reference: String(told.reference), referrals: membersOf(told) };
}

/** The references of a case's referrals, by workflow. */
export function membersOf(told: Json): Record<string, string> {
  const members = told.referrals as { workflow: string | null; referral: { reference: string } | null }[];
  return Object.fromEntries(members.flatMap(({ workflow, referral }) => (workflow === null || referral === null ? [] : [[workflow, referral.reference]])));
}
