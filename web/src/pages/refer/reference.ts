/** What the page must know of the world: agencies, workflows, rules of law. As the server said it last. */
import { computed, signal } from "@preact/signals";
import { type Instance, instance } from "../../api/instance";
import type { Schemas } from "../../api/client";
import { agencies } from "../../api/session";
import { language } from "../../i18n";
import { everything, lastKnown, one } from "../../offline/known";
import type { Need, Workflow } from "./form";
import { NEEDS } from "./form";

export type Agency = Schemas["AgencyEntry"];
type Rule = Schemas["LegalRuleOut"];

export const directory = signal<{ readonly at: number; readonly agencies: readonly Agency[] }>({ at: 0, agencies: [] });
/** Which agencies offer something against a need, by slug. */
export const offering = signal<Partial<Record<Need, readonly string[]>>>({});
export const workflows = signal<readonly Workflow[]>([]);
export const rules = signal<readonly Rule[]>([]);
export const here = signal<Instance["kind"] | null>(null);

/** Of what kind the agency is that this is sent from. */
export const kinds = computed(() => new Map(directory.value.agencies.map((agency) => [agency.slug, agency.kind])));

export function senderKind(sender: string): string {
  return kinds.value.get(sender) ?? "outreach";
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Fetches what has grown old; what is there is used meanwhile. */
export async function learn(): Promise<void> {
  const words = language.value;
  await Promise.all([
    lastKnown<Agency[]>(`directory/${words}`, HOUR_MS, () => everything<Agency>("/api/v1/agencies?active=true"), ({ at, data }) => {
      directory.value = { at, agencies: data };
    }),
    lastKnown<Workflow[]>(`workflows/${words}`, HOUR_MS, definitions, ({ data }) => {
      workflows.value = data;
    }),
    lastKnown<Rule[]>(`rules/${words}`, DAY_MS, () => everything<Rule>(`/api/v1/legal-rules?on=${day()}`), ({ data }) => {
      rules.value = data;
    }),
    lastKnown<Instance["kind"]>("instance", DAY_MS, async () => instance().then(({ kind }) => kind, () => null), ({ data }) => {
      here.value = data;
    }),
  ]);
  // Only needed without coverage, so it comes last and one by one.
  await lastKnown<Partial<Record<Need, string[]>>>("offering", DAY_MS, whoOffers, ({ data }) => {
    offering.value = data;
  });
}

async function definitions(): Promise<Workflow[] | null> {
  const summaries = await everything<Schemas["WorkflowSummary"]>("/api/v1/workflows");
  if (summaries === null) return null;
  const newest = summaries.filter((found) => !summaries.some((other) => other.id === found.id && other.version > found.version));
  const read = await Promise.all(newest.map(({ id, version }) => one<Schemas["WorkflowDefinition"]>(`/api/v1/workflows/${id}/${String(version)}`)));
  if (read.includes(null)) return null;
  return read.filter((definition) => definition !== null).map((definition) => ({
    id: definition.id,
    version: definition.version,
    title: definition.title,
    summary: definition.summary,
    senders: definition.senders.map(({ code }) => code),
    receivers: definition.receivers.map(({ code }) => code),
    bases: definition.legalBases.map(({ code, legalRef }) => ({ code, legalRef })),
    maxAge: definition.eligibility.maxAge ?? null,
  }));
}

async function whoOffers(): Promise<Partial<Record<Need, string[]>> | null> {
  const found: Partial<Record<Need, string[]>> = {};
  for (const need of NEEDS) {
    const agencies = await everything<Agency>(`/api/v1/agencies?active=true&need=${need}`);
    if (agencies === null) return null;
    found[need] = agencies.map(({ slug }) => slug);
  }
  return found;
}

/** The rules that a legal basis rests on, by the references that it cites. */
export function rulesOf(legalRef: string): readonly Rule[] {
  const cited = legalRef.split(";").map((one) => one.trim());
  return rules.value.filter((rule) => cited.includes(rule.legalRef));
}

/** The agencies that this person may send from. */
export function senders() {
  return agencies.value.filter((agency) => agency.roles.some((role) => ["worker", "lead"].includes(role)));
}

function day(): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Oslo" }).format(new Date());
}
