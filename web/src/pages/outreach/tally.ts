/** A tally as it is counted on the street, and what is sent of it. Pure: ids and times are handed in. */
import type { Schemas } from "../../api/client";

type Tally = Schemas["OutreachTally"];

/** Those who are counted alike. */
export interface Alike {
  readonly arena: string;
  readonly acquaintance: Tally["acquaintance"];
  readonly age: Tally["age"];
  readonly sex: Tally["sex"];
  /** What it was about; empty when nobody said. */
  readonly need: string;
  readonly outcome: Tally["outcome"];
  readonly client: boolean;
  readonly missing: boolean;
}

export interface Line extends Alike {
  readonly persons: number;
}

/** A patrol while it is walked. */
export interface Walk {
  readonly agency: string;
  readonly from: string;
  readonly workers: number;
  readonly arenas: readonly string[];
  readonly lines: readonly Line[];
  /** What the next one counts as. */
  readonly next: Omit<Alike, "age">;
  /** When it ended, where that is not when somebody says that it has: it is asked for when the end was forgotten, or not taken. */
  readonly until?: string;
}

type Request = Schemas["OutreachPatrolIn"];

const LONGEST_MS = 24 * 3_600_000;

export function begun(agency: string, workers: number, arenas: readonly string[], from: string): Walk {
  const next = { arena: arenas[0] ?? "", acquaintance: "known", sex: "unknown", need: "", outcome: "talked", client: false, missing: false } as const;
  return { agency, workers, arenas, from, lines: [], next };
}

/** Whether it lasts longer than any patrol: somebody forgot to end it, and must say when it did. */
export function forgotten({ from }: Walk, now: number): boolean {
  return now - Date.parse(from) > LONGEST_MS;
}

/** What is wrong with when it began and ended. */
export function wrongTimes({ from, until }: Pick<Walk, "from" | "until">, now: number): "future" | "length" | null {
  if (Date.parse(from) > now) return "future";
  const length = Date.parse(until ?? "") - Date.parse(from);
  return length > 0 && length <= LONGEST_MS ? null : "length";
}

/** So many stand in one line at most. */
const MOST = 500;
const ADULTS: readonly string[] = ["18-22", "23-25", "over-25"];

function same(one: Alike, other: Alike): boolean {
  return (["arena", "acquaintance", "age", "sex", "need", "outcome", "client", "missing"] as const).every((field) => one[field] === other[field]);
}

/** Whoever is counted now, at an age. An adult is no missing minor. */
export function alike(walk: Walk, age: Alike["age"]): Alike {
  return { ...walk.next, age, missing: walk.next.missing && !ADULTS.includes(age) };
}

export function countOf(walk: Walk, who: Alike): number {
  return walk.lines.find((line) => same(line, who))?.persons ?? 0;
}

/** One more, or one less. */
export function counted(walk: Walk, who: Alike, by: 1 | -1): Walk {
  const persons = Math.min(MOST, countOf(walk, who) + by);
  const others = walk.lines.filter((line) => !same(line, who));
  return { ...walk, lines: persons > 0 ? [...others, { ...who, persons }] : others };
}

export function total(walk: Walk): number {
  return walk.lines.reduce((sum, { persons }) => sum + persons, 0);
}

export function fresh(walk: Walk): number {
  return walk.lines.filter(({ acquaintance }) => acquaintance === "new").reduce((sum, { persons }) => sum + persons, 0);
}

/** What was not taken, as it was walked. */
export function fromRequest({ agency, workers, arenas, from, until, contacts = [] }: Request): Walk {
  const lines = contacts.map(({ tally: { needs = [], clients = 0, missing = 0, persons, arena, acquaintance, age, sex, outcome } }) => ({
    arena,
    acquaintance,
    age,
    sex,
    outcome,
    persons,
    need: needs[0] ?? "",
    client: clients > 0,
    missing: missing > 0,
  }));
  return { ...begun(agency, workers, arenas, from), lines, until: until ?? from };
}

/** All of it in one request, which the phone may repeat as often as it likes: its ids stay. */
export function toRequest(walk: Walk, until: string, id: () => string): Request {
  return {
    agency: walk.agency,
    from: walk.from,
    until,
    arenas: [...walk.arenas],
    workers: walk.workers,
    contacts: walk.lines.map(({ need, client, missing, persons, arena, acquaintance, age, sex, outcome }) => ({
      id: id(),
      tally: { arena, acquaintance, age, sex, outcome, persons, needs: need === "" ? [] : [need as NonNullable<Tally["needs"]>[number]], clients: client ? persons : 0, missing: missing ? persons : 0 },
    })),
  };
}
