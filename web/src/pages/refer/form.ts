/** What is written on the page, and what follows from it. Pure. */
import type { Schemas } from "../../api/client";
import { nameOf, OSLO } from "./places";
import type { NumberKind } from "./number";
import type { Attached } from "../../offline/shelf";
import type { Text } from "./words";

export type Request = Schemas["ReferralIn"];
export type Need = NonNullable<Request["needs"]>[number];
export type Urgency = Request["urgency"];
type Flag = NonNullable<Schemas["PersonIn"]["flags"]>[number];
export type Protection = NonNullable<Schemas["PersonIn"]["addressProtection"]>;
export type Basis = Schemas["LegalBasisIn"]["code"];
export type AgencyKind = Schemas["AgencyEntry"]["kind"];
export type Told = "" | "both" | "youth" | "guardians" | "nobody";

/** A receiver as it was chosen, with what was known of it then: it must be shown without coverage, too. */
export interface Receiver {
  readonly slug: string;
  readonly name: string;
  readonly kind: AgencyKind;
  readonly workflow: string;
  /** The bases that were suggested, the best first; none when somebody chose freely. */
  readonly bases: readonly Basis[];
  /** What would not reach it, in words, by the basis; what nobody has said is not there. */
  readonly withheld?: Withheld;
}

export type Withheld = Readonly<Partial<Record<Basis, readonly string[]>>>;

/** The youth of a case, who is registered already: the case says who it is, and nobody writes it anew. */
export interface Subject {
  /** The case, by its reference. */
  readonly reference: string;
  /** Who that is, as far as this page could read it without looking into what others were told. */
  readonly about: string;
  /** Whether the age is not registered: the suggestions, and a consent, go by it. */
  readonly asksAge: boolean;
  /** Whether it is not there for whoever is signed in. */
  readonly gone: boolean;
}

export interface Form {
  readonly sender: string;
  readonly subject: Subject | null;
  readonly alias: string;
  readonly name: string;
  /** As typed; empty is unknown. */
  readonly age: string;
  /** A municipality of four digits or a district of six; empty is unknown. */
  readonly place: string;
  readonly flags: readonly Flag[];
  readonly language: string;
  readonly interpreter: boolean;
  readonly protection: Protection;
  readonly numberKind: NumberKind;
  readonly number: string;
  readonly needs: readonly Need[];
  readonly urgency: Urgency | "";
  readonly receiver: Receiver | null;
  /** Null takes the one that fits best. */
  readonly basis: Basis | null;
  /** Null takes the words made from what was chosen. */
  readonly reason: string | null;
  readonly consentBy: "" | "youth" | "guardians";
  readonly consentScope: string | null;
  readonly told: Told;
  readonly untold: string;
  readonly summary: string;
  /** What goes with it, after it. */
  readonly files: readonly Attached[];
}

export type Field = "age" | "place" | "flags" | "alias" | "name" | "language" | "number" | "needs" | "urgency" | "receiver" | "basis" | "reason" | "consent" | "scope" | "informed" | "untold" | "summary" | "send";

export interface Fault {
  readonly field: Field;
  readonly text: string;
}

/** What must be known of a workflow to choose and check it. */
export type Workflow = Pick<Schemas["WorkflowDefinition"], "id" | "version" | "title" | "summary"> & {
  readonly senders: readonly string[];
  readonly receivers: readonly string[];
  readonly bases: readonly { readonly code: Basis; readonly legalRef: string }[];
  readonly maxAge: number | null;
};

export const NEEDS: readonly Need[] = ["child-protection", "substance-use", "shelter", "violence", "mental-health", "somatic-health", "missing", "trafficking", "exploitation", "crime", "family", "school-work", "housing", "economy", "sexual-health", "residence-permit", "leisure", "guidance"];
export const FLAGS: readonly Flag[] = ["acute-danger", "missing", "runaway", "unaccompanied-minor", "suspected-trafficking", "open-drug-scene", "pregnant"];
export const URGENCIES: readonly Urgency[] = ["emergency", "urgent", "routine"];
export const ADULT = 18;

export function blank(sender: string): Form {
  return {
    sender,
    subject: null,
    alias: "",
    name: "",
    age: "",
    place: "",
    flags: [],
    language: "",
    interpreter: false,
    protection: "none",
    numberKind: "fnr",
    number: "",
    needs: [],
    urgency: "",
    receiver: null,
    basis: null,
    reason: null,
    consentBy: "",
    consentScope: null,
    told: "",
    untold: "",
    summary: "",
    files: [],
  };
}

/** Whether there is anything to keep. */
export function isEmpty(form: Form): boolean {
  // What the case filled in was not written here.
  if (form.subject !== null) return form.urgency === "" && form.receiver === null && form.summary === "" && form.files.length === 0;
  return JSON.stringify(form) === JSON.stringify(blank(form.sender));
}

/** The age as a number; null when it is unknown or no age. */
export function ageOf(form: Form): number | null {
  const age = /^\s*\d{1,3}\s*$/.test(form.age) ? Number(form.age) : null;
  return age !== null && age <= 120 ? age : null;
}

/** Where they are staying, for the receiver and for whoever suggests one. A strictly confidential place is told to nobody. */
export function whereabouts(form: Form): Schemas["WhereaboutsIn"] | null {
  if (form.place === "" || form.protection === "strictly-confidential") return null;
  return form.place.length === 6 ? { municipality: form.place.slice(0, 4), district: form.place } : { municipality: form.place, district: null };
}

/** The workflow on which one sends to this kind of agency, when nobody has said. */
export function usualWorkflow(kind: AgencyKind, age: number | null, sender: string, workflows: readonly Workflow[]): string {
  const child = age === null || age < ADULT;
  const order = kind === "child-welfare" && child ? ["concern-report"] : kind === "specialist-health" ? ["specialist-referral", "service-referral"] : ["service-referral"];
  const admitted = workflows.filter((one) => one.senders.includes(sender) && one.receivers.includes(kind)).map((one) => one.id);
  return order.find((id) => admitted.includes(id)) ?? admitted[0] ?? order[0] ?? "service-referral";
}

/** The legal basis in force: the chosen one, or the first of the suggested that can hold. */
export function basisOf(form: Form, workflows: readonly Workflow[]): Basis | null {
  if (form.basis !== null) return form.basis;
  const { receiver } = form;
  if (receiver === null) return null;
  const admitted = workflows.find((one) => one.id === receiver.workflow)?.bases.map((one) => one.code) ?? [];
  const order: readonly Basis[] = [...receiver.bases, "duty-to-report", "consent", "right-to-disclose", "danger-to-life"];
  return order.find((code) => (admitted.length === 0 || admitted.includes(code)) && (code !== "duty-to-report" || dutyHolds(form, receiver))) ?? admitted[0] ?? null;
}

function dutyHolds(form: Form, receiver: Receiver): boolean {
  const age = ageOf(form);
  return receiver.kind === "child-welfare" && (age === null || age < ADULT);
}

/** The reason in force: what was typed, or words made from what was chosen. */
export function reasonOf(form: Form, t: Text): string {
  if (form.reason !== null) return form.reason;
  const age = ageOf(form);
  const sure = [...form.flags.map((flag) => t.flag[flag]), ...form.needs.map((need) => t.need[need].toLowerCase())];
  return [
    age === null ? t.reasonText.noAge : t.reasonText.age(String(age)),
    ...(sure.length === 0 ? [] : [t.reasonText.needs(sure.join(", "))]),
    ...(form.consentBy === "youth" && form.basis !== "duty-to-report" ? [t.reasonText.agreed] : []),
  ].join(" ");
}

export function scopeOf(form: Form, t: Text): string {
  return form.consentScope ?? (form.receiver === null ? "" : t.consentText(form.receiver.name));
}

/** Who it is, in a line: for lists and the last look before sending. */
export function called(form: Form, t: Text): string {
  if (form.subject !== null) return [form.subject.reference, form.subject.about].filter(Boolean).join(": ");
  const age = ageOf(form);
  const place = form.protection === "strictly-confidential" ? undefined : form.place === OSLO ? "Oslo" : nameOf(form.place);
  return [form.name.trim() || form.alias.trim() || t.noAlias, age === null ? null : String(age), place].filter(Boolean).join(", ");
}
