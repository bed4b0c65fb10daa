/** What the address of the list says. A filter is a link that can be shared; its names are Norwegian, as the path is. */
import type { operations } from "../../api/schema";

export type Query = NonNullable<operations["listCases"]["parameters"]["query"]>;

/** All that one's agencies take part in, those that one of them coordinates, those that one coordinates oneself. */
export type Whose = "all" | "unit" | "me";
export const WHOSE: readonly Whose[] = ["all", "unit", "me"];
export type State = "open" | "closed" | "any";
export const STATES: readonly State[] = ["open", "closed", "any"];

export interface Filter {
  readonly whose: Whose;
  /** Which agency, for whoever works in several. */
  readonly agency: string;
  readonly state: State;
  readonly uncovered: boolean;
  readonly q: string;
}

/** As many as one looks through before one filters. */
const PAGE = 25;

export const NONE: Filter = { whose: "all", agency: "", state: "open", uncovered: false, q: "" };

const WHOSE_NAMES: Record<Whose, string> = { all: "", unit: "enheten", me: "mine" };
const STATE_NAMES: Record<State, string> = { open: "", closed: "avsluttet", any: "alle" };

export function parse(search: URLSearchParams): Filter {
  const of = (name: string) => search.get(name) ?? "";
  return {
    whose: WHOSE.find((one) => WHOSE_NAMES[one] === of("vis")) ?? "all",
    agency: of("enhet"),
    state: STATES.find((one) => STATE_NAMES[one] === of("tilstand")) ?? "open",
    uncovered: of("udekket") === "ja",
    q: of("q").slice(0, 20),
  };
}

export function address(filter: Filter): string {
  const search = new URLSearchParams();
  const put = (name: string, value: string) => value !== "" && search.set(name, value);
  put("vis", WHOSE_NAMES[filter.whose]);
  put("enhet", filter.whose === "unit" ? filter.agency : "");
  put("tilstand", STATE_NAMES[filter.state]);
  put("udekket", filter.uncovered ? "ja" : "");
  put("q", filter.q);
  const written = search.toString();
  return written === "" ? "/saker" : `/saker?${written}`;
}

/** Whether anything narrows the list, beside whose it is. */
export function narrows(filter: Filter): boolean {
  return filter.state !== "open" || filter.uncovered || filter.q !== "";
}

/** What the API is asked. `mine` are the caller's agencies, by slug. */
export function query(filter: Filter, mine: readonly string[]): Query {
  const asked: Query = { limit: PAGE, state: filter.state === "any" ? "open,closed" : filter.state };
  const agency = mine.includes(filter.agency) ? filter.agency : mine[0];
  if (filter.whose === "me") asked.coordinator = "me";
  if (filter.whose === "unit" && agency !== undefined) asked.coordinator = agency;
  if (filter.uncovered) asked.uncovered = true;
  if (filter.q.trim() !== "") asked.q = filter.q.trim().toUpperCase();
  return asked;
}
