/** Cases as the API tells of them. What may be done with one stands in its own `actions`. */
import { type Schemas, api, must } from "../../api/client";
import { me } from "../../api/session";
import type { Query } from "./filter";

export type Case = Schemas["CaseOut"];
export type Row = Schemas["CaseRow"];
export type Need = Schemas["NeedOut"];
export type Member = Schemas["CaseMemberOut"];
export type Action = Schemas["CaseActionOut"];
export type Entry = Schemas["CaseEntryOut"];
export type Input = Record<string, unknown>;

const path = (name: string) => ({ path: { id: name } });

export function page(query: Query): Promise<Schemas["Page_CaseRow"]> {
  return must(api.GET("/api/v1/cases", { params: { query } }));
}

/** A case by its id or its reference. One that was merged leads on to the one that it is part of. */
export function read(name: string): Promise<Case> {
  return must(api.GET("/api/v1/cases/{id}", { params: path(name) }));
}

export async function timeline(name: string): Promise<readonly Entry[]> {
  return (await must(api.GET("/api/v1/cases/{id}/timeline", { params: path(name) }))).items;
}

/** Takes an action with the request that the action itself names, on the version that somebody has seen. */
export function act(found: Case, action: Action, input: Input): Promise<Case> {
  const params = { ...path(found.reference), header: { "If-Match": `"${String(found.version)}"` } };
  switch (action.request) {
    case "PATCH /cases/{id}":
      return must(api.PATCH("/api/v1/cases/{id}", { params, body: input }));
    case "POST /cases/{id}/referrals":
      return must(api.POST("/api/v1/cases/{id}/referrals", { params: path(found.reference), body: input as unknown as Schemas["AdditionIn"] }));
    case "POST /cases/{id}/merge":
      return must(api.POST("/api/v1/cases/{id}/merge", { params, body: input as unknown as Schemas["MergeIn"] }));
    case "POST /cases/{id}/split":
      return must(api.POST("/api/v1/cases/{id}/split", { params, body: input as unknown as Schemas["SplitIn"] }));
    default:
      return must(api.POST("/api/v1/cases/{id}/transitions", { params, body: { action: action.action, input } }));
  }
}

export function open(body: Schemas["CaseIn"]): Promise<Case> {
  return must(api.POST("/api/v1/cases", { body }));
}

/** The action of a case by its name, when the caller may take it now. */
export function offered(found: Case, name: string): Action | null {
  return found.actions.find((one) => one.action === name) ?? null;
}

/** The agencies for which somebody may open a case and send. */
export function senders() {
  return (me.value?.agencies ?? []).filter((agency) => agency.roles.some((role) => ["worker", "lead"].includes(role)));
}

const titles = new Map<string, Promise<ReadonlyMap<string, string>>>();

/** What the workflows are called, by their ids. */
export function workflowTitles(language: string): Promise<ReadonlyMap<string, string>> {
  const found =
    titles.get(language) ??
    must(api.GET("/api/v1/workflows", { params: { query: { limit: 100 } } })).then((list) => new Map(list.items.map((one) => [one.id, one.title])));
  titles.set(language, found);
  found.catch(() => titles.delete(language));
  return found;
}
