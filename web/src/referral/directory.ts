/** What dialogs must look up: agencies to send to, bases to choose among, who works with me. Kept until the page is loaded anew. */
import { type Schemas, api, must } from "../api/client";
import { me } from "../api/session";
import { language } from "../i18n";

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

/** Somebody who can be made responsible, and who stands in while they are away. */
export interface Colleague {
  readonly id: string;
  readonly name: string;
  readonly deputy: string | null;
}

const staffs = new Map<string, Promise<readonly Colleague[]>>();

/** Those who do casework in one of my agencies, by name, without me. */
export function staff(agency: string): Promise<readonly Colleague[]> {
  const found = staffs.get(agency) ?? caseworkers(agency);
  staffs.set(agency, found);
  found.catch(() => staffs.delete(agency));
  return found;
}

async function caseworkers(agency: string): Promise<readonly Colleague[]> {
  const path = { agency };
  const absent = must(api.GET("/api/v1/agencies/{agency}/deputies", { params: { path } })).then(
    ({ items }) => new Map(items.filter(({ running }) => running).map(({ user, deputy }) => [user.id, deputy.name])),
    // Whom one may not ask after is simply there.
    () => new Map<string, string>(),
  );
  const people: Colleague[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; active: boolean; cursor?: string } = { limit: 100, active: true, ...(cursor === null ? {} : { cursor }) };
    const page: Schemas["Page_MemberOut"] = await must(api.GET("/api/v1/agencies/{agency}/users", { params: { path, query } }));
    const away = await absent;
    for (const { id, displayName, roles } of page.items) {
      const works = roles.includes("worker") || roles.includes("lead");
      if (works && id !== me.value?.id) people.push({ id, name: displayName, deputy: away.get(id) ?? null });
    }
    cursor = page.nextCursor ?? null;
  } while (cursor !== null);
  return people.sort((one, other) => one.name.localeCompare(other.name, "nb"));
}
