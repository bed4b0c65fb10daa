/** What the address of the inbox says, and which lists of the API lie behind it. A filter is a link that can be shared. */
import type { operations } from "../../api/schema";

export type Query = NonNullable<operations["listReferrals"]["parameters"]["query"]>;
export type View = "answer" | "mine" | "sent" | "waiting" | "aside";
export const VIEWS: readonly View[] = ["answer", "mine", "sent", "waiting", "aside"];

export interface Filter {
  readonly view: View;
  /** In *Mine*: all that the unit works on, and not only my own. */
  readonly unit: boolean;
  readonly workflow: string;
  readonly urgency: string;
  readonly state: string;
  readonly agency: string;
  readonly overdue: boolean;
  readonly q: string;
}

/** The names in the address are Norwegian, as its path is. */
const NAMES = { view: "vis", unit: "enhetens", workflow: "flyt", urgency: "hast", state: "tilstand", agency: "enhet", overdue: "over", q: "q" } as const;
const VIEW_NAMES: Record<View, string> = { answer: "til-svar", mine: "mine", sent: "sendt", waiting: "venter", aside: "lagt-til-side" };

export function parse(search: URLSearchParams): Filter {
  const of = (name: keyof typeof NAMES) => search.get(NAMES[name]) ?? "";
  return {
    view: VIEWS.find((view) => VIEW_NAMES[view] === of("view")) ?? "answer",
    unit: of("unit") === "ja",
    workflow: of("workflow"),
    urgency: of("urgency"),
    state: of("state"),
    agency: of("agency"),
    overdue: of("overdue") === "ja",
    q: of("q"),
  };
}

export function address(filter: Filter): string {
  const search = new URLSearchParams();
  const put = (name: keyof typeof NAMES, value: string) => value !== "" && search.set(NAMES[name], value);
  if (filter.view !== "answer") put("view", VIEW_NAMES[filter.view]);
  put("unit", filter.unit ? "ja" : "");
  put("workflow", filter.workflow);
  put("urgency", filter.urgency);
  put("state", filter.state);
  put("agency", filter.agency);
  put("overdue", filter.overdue ? "ja" : "");
  put("q", filter.q);
  const written = search.toString();
  return written === "" ? "/innboks" : `/innboks?${written}`;
}

/** How many filters are set, beside the view. */
export function count(filter: Filter): number {
  return [filter.workflow, filter.urgency, filter.state, filter.agency, filter.q].filter((one) => one !== "").length + Number(filter.overdue);
}

/** The same view without filters. */
export function bare(filter: Filter): Filter {
  return { ...filter, workflow: "", urgency: "", state: "", agency: "", overdue: false, q: "" };
}

interface Source {
  readonly box: NonNullable<Query["box"]>;
  readonly states?: readonly string[];
  readonly assignee?: string;
}

/** What came back to us, or asks something of us: the baton is ours, and nobody else will act. */
const BACK = ["info-requested", "declined", "returned-with-advice", "withdrawn", "ended-early"];

function sources(filter: Filter, coordinates: boolean): readonly Source[] {
  switch (filter.view) {
    case "answer":
      return [
        { box: "inbox", states: ["sent", "acknowledged", "info-requested"] },
        { box: "custody", states: BACK },
        ...(coordinates ? [{ box: "all" as const, states: ["allocation-disputed"] }] : []),
      ];
    case "mine":
      return filter.unit
        ? [{ box: "inbox", states: ["accepted", "in-progress", "on-hold"] }]
        : [{ box: "inbox", assignee: "me" }];
    case "sent":
      return [{ box: "sent" }];
    case "waiting":
      return [
        { box: "sent", states: ["sent", "acknowledged"] },
        { box: "inbox", states: ["info-requested"] },
      ];
    case "aside":
      return [{ box: "all" }];
  }
}

/** The lists behind a filter; they are merged into one. None when the filter fits none of the view's states. */
export function queries(filter: Filter, coordinates: boolean): readonly Query[] {
  return sources(filter, coordinates).flatMap(({ box, states, assignee }) => {
    const fitting = filter.state === "" ? states : states === undefined || states.includes(filter.state) ? [filter.state] : [];
    if (fitting?.length === 0) return [];
    const query: Query = { box, sort: filter.view === "sent" ? "created" : "due" };
    if (fitting !== undefined) query.state = fitting.join(",");
    if (assignee !== undefined) query.assignee = assignee;
    if (filter.view === "aside") query.snoozed = true;
    // What I have sent is a record, and whoever looks for a reference wants to find it.
    else if (filter.view !== "sent" && filter.q === "") query.snoozed = false;
    if (filter.workflow !== "") query.workflow = filter.workflow;
    if (filter.urgency !== "") query.urgency = filter.urgency;
    if (filter.agency !== "") query.agency = filter.agency;
    if (filter.overdue) query.overdue = true;
    if (filter.q !== "") query.q = filter.q.toUpperCase();
    return [query];
  });
}
