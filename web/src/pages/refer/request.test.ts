import { expect, test } from "vitest";
import { refer as t } from "../../i18n/nb/refer";
import { referLater as w } from "../../i18n/nb/refer-later";
import { type Form, type Workflow, basisOf, blank, isEmpty, usualWorkflow, whereabouts } from "./form";
import { check, faultsOf, toRequest } from "./request";

const workflow = (id: string, receivers: string[], bases: Workflow["bases"][number]["code"][]): Workflow => ({
  id,
  version: 1,
  title: id,
  summary: "",
  senders: id === "specialist-referral" ? ["district"] : ["outreach", "district"],
  receivers,
  bases: bases.map((code) => ({ code, legalRef: "" })),
  maxAge: 25,
});
const WORKFLOWS = [
  workflow("concern-report", ["child-welfare"], ["duty-to-report", "consent", "right-to-disclose"]),
  workflow("service-referral", ["child-welfare", "district", "specialist-health"], ["consent", "right-to-disclose"]),
  workflow("specialist-referral", ["specialist-health"], ["consent"]),
  workflow("advice-request", ["child-welfare", "district"], ["anonymous-consultation", "consent"]),
];
const vakten = { slug: "barnevernvakten", name: "Barnevernvakten", kind: "child-welfare", workflow: "concern-report", bases: ["duty-to-report"] } as const;
const written = (change: Partial<Form>): Form => ({ ...blank("uteseksjonen"), age: "16", needs: ["shelter"], urgency: "emergency", receiver: vakten, summary: "Ute i natt.", ...change });
const fields = (form: Form) => check(form, WORKFLOWS, "demo", t, w).map(({ field }) => field);
const sent = (change: Partial<Form>) => toRequest(written(change), WORKFLOWS, t, true);

test("a minute's work is a whole referral", () => {
  expect(fields(written({}))).toEqual([]);
  expect(sent({ place: "030116", alias: " K. ", told: "youth", untold: "Får ikke tak i dem." })).toEqual({
    workflow: "concern-report",
    sender: "uteseksjonen",
    receiver: "barnevernvakten",
    person: {
      alias: "K.",
      name: null,
      estimatedAge: 16,
      identifier: null,
      whereabouts: { municipality: "0301", district: "030116" },
      flags: [],
      language: null,
      interpreter: false,
      addressProtection: "none",
    },
    needs: ["shelter"],
    urgency: "emergency",
    legalBasis: { code: "duty-to-report", reason: "Anslått alder 16 år. Trenger: et sted å være." },
    informed: { youth: true, guardians: false, reason: "Får ikke tak i dem." },
    summary: "Ute i natt.",
    send: true,
  });
});

test("unknown is normal: nothing about who it is has to be known", () => {
  expect(fields(written({ age: "", needs: [] }))).toEqual([]);
  expect(sent({ age: "" }).person).toMatchObject({ alias: null, estimatedAge: null, whereabouts: null });
  expect(sent({}).informed).toBeNull();
});

test("what is missing is told all at once, in the order of the page", () => {
  expect(fields(blank("uteseksjonen"))).toEqual(["urgency", "receiver", "summary"]);
  expect(fields(written({ age: "seksten", number: "123", urgency: "", summary: " ", reason: " " }))).toEqual(["age", "number", "urgency", "reason", "summary"]);
});

test("the legal basis is the one that fits, and follows the age", () => {
  expect(basisOf(written({}), WORKFLOWS)).toBe("duty-to-report");
  expect(basisOf(written({ age: "" }), WORKFLOWS)).toBe("duty-to-report");
  expect(basisOf(written({ age: "18" }), WORKFLOWS)).toBe("consent");
  expect(basisOf(written({ receiver: null }), WORKFLOWS)).toBeNull();
  // What somebody has chosen stands, and is told to be wrong.
  expect(fields(written({ age: "18", basis: "duty-to-report" }))).toEqual(["basis"]);
  expect(fields(written({ basis: "necessity" }))).toEqual(["basis"]);
  expect(fields(written({ age: "26", basis: "right-to-disclose" }))).toEqual(["age"]);
});

test("a consent says whose, at what age and to what", () => {
  expect(fields(written({ basis: "consent", age: "" }))).toEqual(["consent", "age"]);
  expect(sent({ basis: "consent", consentBy: "youth" }).legalBasis).toMatchObject({
    code: "consent",
    consent: { by: "youth", age: 16, scope: "At Barnevernvakten får vite det som står her." },
  });
  // A draft may lack it, and then has no basis rather than half of one.
  expect(toRequest(written({ basis: "consent" }), WORKFLOWS, t, false).legalBasis).toBeNull();
});

test("an anonymous consultation tells nothing of the youth, whatever is filled in", () => {
  const form = written({ alias: "K.", number: "123", receiver: { ...vakten, workflow: "advice-request", bases: [] }, basis: "anonymous-consultation", told: "both" });
  expect(fields(form)).toEqual([]);
  expect(toRequest(form, WORKFLOWS, t, true)).toMatchObject({ person: null, informed: null });
});

test("a strictly confidential place leaves the phone in no form", () => {
  const hidden = written({ place: "030102", protection: "strictly-confidential" });
  expect(whereabouts(hidden)).toBeNull();
  expect(JSON.stringify(toRequest(hidden, WORKFLOWS, t, true))).not.toContain("030102");
});

test("the workflow follows the receiver, the age and who sends", () => {
  expect(usualWorkflow("child-welfare", 16, "outreach", WORKFLOWS)).toBe("concern-report");
  expect(usualWorkflow("child-welfare", 19, "outreach", WORKFLOWS)).toBe("service-referral");
  expect(usualWorkflow("specialist-health", 16, "district", WORKFLOWS)).toBe("specialist-referral");
  expect(usualWorkflow("specialist-health", 16, "outreach", WORKFLOWS)).toBe("service-referral");
});

test("the server's complaints stand at the fields", () => {
  const at = (pointer: string) => ({ pointer, code: "x", detail: pointer });
  const problem = { type: "", title: "", status: 422, detail: "Alt er galt.", instance: "", code: "invalid-input" };
  const pointers = ["/person/identifier/value", "/legalBasis/consent/scope", "/legalBasis/code", "/receiver", "/informed/reason", "/elsewhere"];
  expect(faultsOf({ ...problem, errors: pointers.map(at) }).map(({ field }) => field)).toEqual(["number", "scope", "basis", "receiver", "untold", "send"]);
  expect(faultsOf(problem)).toEqual([{ field: "send", text: "Alt er galt." }]);
});

test("an empty page is not kept", () => {
  expect(isEmpty(blank("uteseksjonen"))).toBe(true);
  expect(isEmpty(written({}))).toBe(false);
});
