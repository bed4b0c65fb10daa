/** The referral that a form becomes, and what is wrong with it. Pure; loaded when the page stands, for nobody sends before. */
import type { Schemas } from "../../api/client";
import { ADULT, type Basis, type Fault, type Field, type Form, type Request, type Workflow, ageOf, basisOf, reasonOf, scopeOf, whereabouts } from "./form";
import { faultOf, lengthOf } from "./number";
import type { LaterText, Text } from "./words";

const TEXT_MAX = 4_000;
const SUMMARY_MAX = 20_000;

/** A new referral in a case: about whom, the case says. */
export function toRequestInCase(form: Form, workflows: readonly Workflow[], t: Text, send: boolean): Omit<Request, "person"> {
  const request: Partial<Request> = toRequest(form, workflows, t, send);
  delete request.person;
  return request as Omit<Request, "person">;
}

/** The referral, word for word as the server gets it. */
export function toRequest(form: Form, workflows: readonly Workflow[], t: Text, send: boolean): Request {
  const basis = basisOf(form, workflows);
  const anonymous = basis === "anonymous-consultation";
  return {
    workflow: form.receiver?.workflow ?? "service-referral",
    sender: form.sender,
    receiver: form.receiver?.slug ?? null,
    person: anonymous ? null : person(form),
    needs: [...form.needs],
    urgency: form.urgency === "" ? "routine" : form.urgency,
    legalBasis: basis === null ? null : legalBasis(form, basis, t),
    informed: form.told === "" || anonymous ? null : informed(form),
    summary: nothing(form.summary),
    send,
  };
}

function person(form: Form): Schemas["PersonIn"] {
  const number = form.number.replace(/\s/g, "");
  return {
    alias: nothing(form.alias),
    name: nothing(form.name),
    estimatedAge: ageOf(form),
    identifier: number === "" ? null : { type: form.numberKind, value: number },
    whereabouts: whereabouts(form),
    flags: [...form.flags],
    language: nothing(form.language),
    interpreter: form.interpreter,
    addressProtection: form.protection,
  };
}

/** Null while something of it is missing, which only a draft may lack. */
function legalBasis(form: Form, basis: Basis, t: Text): Schemas["LegalBasisIn"] | null {
  const [reason, scope, age] = [reasonOf(form, t).trim(), scopeOf(form, t).trim(), ageOf(form)];
  if (reason === "") return null;
  if (basis !== "consent") return { code: basis, reason };
  if (form.consentBy === "" || age === null || scope === "") return null;
  return { code: basis, reason, consent: { by: form.consentBy, age, scope } };
}

function informed(form: Form): Schemas["InformedIn"] {
  return {
    youth: form.told === "both" || form.told === "youth",
    guardians: form.told === "both" || form.told === "guardians",
    reason: form.told === "both" ? null : nothing(form.untold),
  };
}

function nothing(written: string): string | null {
  return written.trim() === "" ? null : written.trim();
}

/**
 * What must be mended before it can be sent, in the order of the page. It says here, while somebody is there to mend it,
 * what the server would say hours later.
 */
export function check(form: Form, workflows: readonly Workflow[], instance: "demo" | "production" | null, t: Text, w: LaterText): Fault[] {
  const faults: Fault[] = [];
  const fault = (field: Field, text: string) => faults.push({ field, text });
  const age = ageOf(form);
  const basis = basisOf(form, workflows);
  const anonymous = basis === "anonymous-consultation";
  const workflow = workflows.find((one) => one.id === form.receiver?.workflow);
  if (form.age.trim() !== "" && age === null) fault("age", w.fault.age);
  else if (age !== null && age > (workflow?.maxAge ?? 120)) fault("age", w.fault.tooOld(String(workflow?.maxAge)));
  for (const field of ["alias", "name"] as const) if (form[field].length > 200) fault(field, w.fault.long("200"));
  const number = form.number.trim() === "" || anonymous ? null : faultOf(form.numberKind, form.number, instance);
  if (number === "length") fault("number", w.numberFault.length(String(lengthOf(form.numberKind))));
  else if (number !== null) fault("number", w.numberFault[number]);
  if (form.subject?.gone === true) fault("send", w.forCase.gone);
  if (form.urgency === "") fault("urgency", w.fault.urgency);
  if (form.receiver === null) fault("receiver", w.fault.receiver);
  else if (form.receiver.slug === form.sender) fault("receiver", w.fault.own);
  else faults.push(...checkBasis(form, basis, workflow, t, w));
  if (form.untold.length > TEXT_MAX) fault("untold", w.fault.long(String(TEXT_MAX)));
  if (form.summary.trim() === "") fault("summary", w.fault.summary);
  else if (form.summary.length > SUMMARY_MAX) fault("summary", w.fault.long(String(SUMMARY_MAX)));
  return faults;
}

function checkBasis(form: Form, basis: Basis | null, workflow: Workflow | undefined, t: Text, w: LaterText): Fault[] {
  if (basis === null) return [{ field: "basis", text: w.fault.basis }];
  const faults: Fault[] = [];
  const age = ageOf(form);
  if (basis === "duty-to-report" && form.receiver?.kind !== "child-welfare") faults.push({ field: "basis", text: w.fault.dutyReceiver });
  else if (basis === "duty-to-report" && age !== null && age >= ADULT) faults.push({ field: "basis", text: w.fault.dutyAge });
  else if (workflow !== undefined && !workflow.bases.some((one) => one.code === basis)) faults.push({ field: "basis", text: w.fault.basisNotHere });
  if (basis === "consent") {
    if (form.consentBy === "") faults.push({ field: "consent", text: w.fault.consent });
    if (scopeOf(form, t).trim() === "") faults.push({ field: "scope", text: w.fault.scope });
    if (age === null) faults.push({ field: "age", text: w.fault.consentAge });
  }
  const reason = reasonOf(form, t);
  if (reason.trim() === "") faults.push({ field: "reason", text: w.fault.reason });
  else if (reason.length > TEXT_MAX) faults.push({ field: "reason", text: w.fault.long(String(TEXT_MAX)) });
  return faults;
}

const PLACES: readonly (readonly [string, Field])[] = [
  ["/person/identifier", "number"],
  ["/person/estimatedAge", "age"],
  ["/person/whereabouts", "place"],
  ["/person/alias", "alias"],
  ["/person/name", "name"],
  ["/person/language", "language"],
  ["/needs", "needs"],
  ["/urgency", "urgency"],
  ["/receiver", "receiver"],
  ["/workflow", "receiver"],
  ["/legalBasis/reason", "reason"],
  ["/legalBasis/consent/scope", "scope"],
  ["/legalBasis/consent", "consent"],
  ["/legalBasis", "basis"],
  ["/informed/reason", "untold"],
  ["/informed", "informed"],
  ["/summary", "summary"],
];

/** The server's complaints at the fields of this page; what has no field here stands at the button. */
export function faultsOf(problem: Schemas["Problem"]): Fault[] {
  const faults = (problem.errors ?? []).map(({ pointer, detail }) => ({
    field: PLACES.find(([start]) => pointer.startsWith(start))?.[1] ?? ("send" as const),
    text: detail,
  }));
  return faults.length > 0 ? faults : [{ field: "send", text: problem.detail }];
}
