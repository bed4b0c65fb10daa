/**
 * Who to send to. With coverage the server says so; without it, the same question's last answer does, and then a rough
 * look into the last known directory. Where an answer comes from is part of it, and is shown.
 */
import { language } from "../../i18n";
import { mine } from "../../offline/outbox";
import { quietly } from "../../offline/quiet";
import { type AgencyKind, type Basis, type Form, type Need, type Urgency, type Workflow, ageOf, usualWorkflow, whereabouts } from "./form";
import { OSLO } from "./places";
import { type Agency, directory, offering, senderKind, workflows } from "./reference";
import { type Text, text } from "./words";

export interface Choice {
  readonly slug: string;
  readonly name: string;
  readonly kind: AgencyKind;
  /** Null when the youth is shown the way, and nothing is sent. */
  readonly workflow: string | null;
  readonly reason: string;
  readonly bases: readonly Basis[];
  readonly clock: { readonly limit: string; readonly dueAt: string } | null;
  /** Null when nobody knows, which without coverage is the rule. */
  readonly open: boolean | null;
  readonly always: boolean;
  readonly opensAt: string | null;
  readonly capacity: string | null;
  readonly together: boolean;
  readonly warnings: readonly string[];
}

export interface Offer {
  readonly from: "server" | "last-answer" | "directory";
  /** When what it rests on was known. */
  readonly at: number;
  readonly items: readonly Choice[];
  readonly missing: readonly { readonly receiver: string; readonly advice: string }[];
  readonly warnings: readonly string[];
}

/** A situation, never a person. */
export interface Question {
  readonly age: number | null;
  readonly whereabouts: ReturnType<typeof whereabouts>;
  readonly needs: readonly Need[];
  readonly urgency: Urgency;
  readonly sender: string;
}

/** The question of what is written; null while it is none. */
export function questionOf(form: Form): Question | null {
  if (form.needs.length === 0 || form.urgency === "") return null;
  return { age: ageOf(form), whereabouts: whereabouts(form), needs: form.needs, urgency: form.urgency, sender: form.sender };
}

export async function suggest(question: Question): Promise<Offer> {
  const store = mine();
  // Sealed like everything else, and named by its words: the same situation gets the same answer.
  const name = `suggest/${language.value}/${JSON.stringify(question)}`;
  const heard = await quietly("POST", "/api/v1/routing/suggestions", question);
  if (heard.status === 200) {
    const said = heard.body as Said;
    const at = Date.now();
    await store?.remember(name, said, at).catch(() => undefined);
    return { from: "server", at, ...read(said) };
  }
  const kept = await store?.recall<Said>(name).catch(() => null);
  if (kept !== null && kept !== undefined) {
    const { items, ...rest } = read(kept.data);
    // A limit and a door that was open then say nothing of now.
    return { from: "last-answer", at: kept.at, ...rest, items: items.map((one) => ({ ...one, clock: null, opensAt: null, open: null, capacity: null })) };
  }
  const roughly = rough(question, directory.value.agencies, offering.value, workflows.value, senderKind(question.sender), text());
  return { from: "directory", at: directory.value.at, items: roughly, missing: [], warnings: [] };
}

/** The server's answer, as far as the page uses it. */
interface Said {
  readonly items: readonly {
    readonly agency: { readonly slug: string; readonly name: string; readonly kind: AgencyKind };
    readonly workflow: { readonly id: string } | null;
    readonly reason: string;
    readonly legalBases: readonly { readonly code: Basis; readonly best: boolean }[];
    readonly clock: { readonly limit: string; readonly dueAt: string } | null;
    readonly open: boolean | null;
    readonly opensAt: string | null;
    readonly capacity: { readonly status: string | null; readonly title: string; readonly stale: boolean } | null;
    readonly together: string | null;
    readonly warnings: readonly { readonly code: string; readonly text: string }[];
  }[];
  readonly missing: readonly { readonly receiver: string; readonly advice: string }[];
  readonly uncovered: readonly { readonly text: string }[];
  readonly warnings: readonly { readonly text: string }[];
}

function read(said: Said): Pick<Offer, "items" | "missing" | "warnings"> {
  return {
    items: said.items.map((item) => ({
      slug: item.agency.slug,
      name: item.agency.name,
      kind: item.agency.kind,
      workflow: item.workflow?.id ?? null,
      reason: item.reason,
      bases: [...item.legalBases].sort((a, b) => Number(b.best) - Number(a.best)).map(({ code }) => code),
      clock: item.clock,
      open: item.open,
      always: false,
      opensAt: item.opensAt,
      capacity: item.capacity === null || item.capacity.stale ? null : item.capacity.title,
      together: item.together !== null,
      warnings: item.warnings.map((warning) => warning.text),
    })),
    missing: said.missing,
    warnings: [...said.warnings, ...said.uncovered].map((warning) => warning.text),
  };
}

/** Needs for which child welfare is asked first. */
const CHILD_WELFARE: readonly Need[] = ["child-protection", "violence", "trafficking", "exploitation", "missing", "shelter", "substance-use", "family", "crime"];
const HEALTH: readonly Need[] = ["somatic-health", "mental-health", "sexual-health", "substance-use"];
const AT_MOST = 6;

/** A rough suggestion from the directory alone, by kinds and places. It knows no limits and no capacity. */
export function rough(
  question: Question,
  agencies: readonly Agency[],
  offers: Partial<Record<Need, readonly string[]>>,
  known: readonly Workflow[],
  sender: string,
  t: Text,
): Choice[] {
  const { age, needs, urgency } = question;
  const municipality = question.whereabouts?.municipality ?? OSLO;
  const district = question.whereabouts?.district ?? null;
  const child = age === null || age < 18;
  const asks = (list: readonly Need[]) => needs.some((need) => list.includes(need));
  const serves = (agency: Agency) => (agency.municipality ?? municipality) === municipality && (agency.district ?? district) === district;
  const found: [Agency, string][] = [];
  const take = (reason: string, fits: (agency: Agency) => boolean) => {
    for (const agency of agencies) if (agency.active && agency.slug !== question.sender && serves(agency) && fits(agency)) found.push([agency, reason]);
  };
  if (urgency === "emergency" && child) take(t.rough.onCall, (agency) => agency.kind === "child-welfare" && isAlways(agency));
  if (urgency === "emergency" && asks(HEALTH)) take(t.rough.emergency, (agency) => agency.kind === "emergency-health");
  if (child && asks(CHILD_WELFARE)) take(t.rough.near, (agency) => agency.kind === "child-welfare" && !isAlways(agency));
  take(t.rough.need, (agency) => agency.kind !== "child-welfare" && needs.some((need) => offers[need]?.includes(agency.slug) === true));
  if (district !== null) take(t.rough.district, (agency) => agency.kind === "district" && agency.district === district);
  const first = found.filter(([agency], place) => found.findIndex(([other]) => other.slug === agency.slug) === place);
  return first.slice(0, AT_MOST).map(([agency, reason]) => ({
    slug: agency.slug,
    name: agency.name,
    kind: agency.kind,
    workflow: usualWorkflow(agency.kind, age, sender, known),
    reason,
    bases: [],
    clock: null,
    open: null,
    always: isAlways(agency),
    opensAt: null,
    capacity: null,
    together: false,
    warnings: [],
  }));
}

function isAlways(agency: Agency): boolean {
  return agency.openingHours?.always === true;
}
