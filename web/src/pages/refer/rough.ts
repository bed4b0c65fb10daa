/** Suggestions without the server: by kinds and places, from the directory as it was last known. */
import { type Need, type Workflow, usualWorkflow } from "./form";
import { OSLO } from "./places";
import type { Choice, Question } from "./receivers";
import type { Agency } from "./reference";
import type { LaterText } from "./words";

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
  w: LaterText,
): Choice[] {
  const { age, needs, urgency } = question;
  const municipality = question.whereabouts?.municipality ?? OSLO;
  const district = question.whereabouts?.district ?? null;
  const child = age === null || age < 18;
  const asks = (list: readonly Need[]) => needs.some((need) => list.includes(need));
  // What a device has kept from before agencies had more places than one has no list of them.
  const beside = (agency: Partial<Agency>) => (agency.alsoServes ?? []).some((area) => area === (district ?? municipality) || area === municipality);
  const serves = (agency: Agency) => beside(agency) || ((agency.municipality ?? municipality) === municipality && (agency.district ?? district) === district);
  const found: [Agency, string][] = [];
  const take = (reason: string, fits: (agency: Agency) => boolean) => {
    for (const agency of agencies) if (agency.active && agency.slug !== question.sender && serves(agency) && fits(agency)) found.push([agency, reason]);
  };
  if (urgency === "emergency" && child) take(w.rough.onCall, (agency) => agency.kind === "child-welfare" && isAlways(agency));
  if (urgency === "emergency" && asks(HEALTH)) take(w.rough.emergency, (agency) => agency.kind === "emergency-health");
  if (child && asks(CHILD_WELFARE)) take(w.rough.near, (agency) => agency.kind === "child-welfare" && !isAlways(agency));
  take(w.rough.need, (agency) => agency.kind !== "child-welfare" && needs.some((need) => offers[need]?.includes(agency.slug) === true));
  if (district !== null) take(w.rough.district, (agency) => agency.kind === "district" && agency.district === district);
  const first = found.filter(([agency], place) => found.findIndex(([other]) => other.slug === agency.slug) === place);
  return first.slice(0, AT_MOST).map(([agency, reason]) => ({
    slug: agency.slug,
    name: agency.name,
    kind: agency.kind,
    workflow: usualWorkflow(agency.kind, age, sender, known),
    reason,
    bases: [],
    withheld: {},
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
