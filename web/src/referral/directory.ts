/** What dialogs must look up: agencies to send to, bases to choose among, colleagues. Kept until the page is loaded anew. */
import { type Schemas, api, must } from "../api/client";
import { me } from "../api/session";
import { language } from "../i18n";
import type { Row } from "./api";

export type Agency = Schemas["AgencyEntry"];
export type Basis = Schemas["WorkflowBasis"];

let agencyList: Promise<readonly Agency[]> | null = null;

/** Every agency that takes part. */
export function agencies(): Promise<readonly Agency[]> {
  agencyList ??= all().catch((error: unknown) => {
    agencyList = null;
    throw error;
  });
  return agencyList;
}

async function all(): Promise<readonly Agency[]> {
  const found: Agency[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = cursor === null ? { limit: 100 } : { limit: 100, cursor };
    const page: Schemas["Page_AgencyEntry"] = await must(api.GET("/api/v1/agencies", { params: { query } }));
    found.push(...page.items.filter((agency) => agency.active));
    cursor = page.nextCursor ?? null;
  } while (cursor !== null);
  return found.sort((one, other) => one.name.localeCompare(other.name, "nb"));
}

const definitions = new Map<string, Promise<Schemas["WorkflowDefinition"]>>();

/** A workflow in the language of the moment. */
export function definition(id: string, version: number): Promise<Schemas["WorkflowDefinition"]> {
  const key = `${id} ${String(version)} ${language.value}`;
  const found = definitions.get(key) ?? must(api.GET("/api/v1/workflows/{id}/{version}", { params: { path: { id, version } } }));
  definitions.set(key, found);
  found.catch(() => definitions.delete(key));
  return found;
}

const known = new Map<string, string>();

/** Learns colleagues from the lists: whoever has something of ours. */
export function learn(rows: readonly Row[]): void {
  const mine = new Set(me.value?.agencies.map((agency) => agency.id));
  for (const { handoff } of rows) {
    if (handoff.assignee != null && handoff.receiver != null && mine.has(handoff.receiver.id)) {
      known.set(handoff.assignee.id, handoff.assignee.name);
    }
  }
}

/** Colleagues who have something of ours, by name, without the one who asks. */
export function colleagues(): readonly { readonly id: string; readonly name: string }[] {
  return [...known]
    .filter(([id]) => id !== me.value?.id)
    .map(([id, name]) => ({ id, name }))
    .sort((one, other) => one.name.localeCompare(other.name, "nb"));
}
