import { expect, test } from "vitest";
import { type Walk, alike, countOf, counted, forgotten, fresh, fromRequest, toRequest, total, wrongTimes } from "./tally";

const walk: Walk = {
  agency: "uteseksjonen",
  from: "2026-11-23T20:00:00Z",
  workers: 2,
  arenas: ["a"],
  lines: [],
  next: { arena: "a", acquaintance: "known", sex: "male", need: "", outcome: "talked", client: false, missing: false },
};

test("those who are alike stand in one line, and a line of nobody is none", () => {
  const who = alike(walk, "15");
  const two = counted(counted(walk, who, 1), who, 1);
  expect(two.lines).toHaveLength(1);
  expect([countOf(two, who), total(two), fresh(two)]).toEqual([2, 2, 0]);
  const none = counted(counted(counted(two, who, -1), who, -1), who, -1);
  expect(none.lines).toEqual([]);
});

test("what is counted otherwise is another line", () => {
  const known = counted(walk, alike(walk, "15"), 1);
  const later: Walk = { ...known, next: { ...known.next, acquaintance: "new" } };
  const both = counted(later, alike(later, "15"), 1);
  expect(both.lines).toHaveLength(2);
  expect([total(both), fresh(both)]).toEqual([2, 1]);
});

test("an adult is no missing minor", () => {
  const looking: Walk = { ...walk, next: { ...walk.next, missing: true } };
  expect(alike(looking, "16-17").missing).toBe(true);
  expect(alike(looking, "18-22").missing).toBe(false);
});

test("the request says what was counted", () => {
  const looking: Walk = { ...walk, next: { ...walk.next, missing: true, client: true, need: "shelter" } };
  const request = toRequest(counted(looking, alike(looking, "15"), 1), "2026-11-24T00:00:00Z", () => "id");
  expect(request.contacts).toEqual([{ id: "id", tally: { arena: "a", acquaintance: "known", age: "15", sex: "male", outcome: "talked", persons: 1, needs: ["shelter"], clients: 1, missing: 1 } }]);
});

test("a patrol that was not taken is walked again as it was", () => {
  const looking: Walk = { ...walk, next: { ...walk.next, missing: true, client: true, need: "shelter" } };
  const counted2 = counted(counted(looking, alike(looking, "15"), 1), alike(walk, "18-22"), 1);
  const again = fromRequest(toRequest(counted2, "2026-11-24T00:00:00Z", () => "id"));
  expect(again).toMatchObject({ lines: counted2.lines, from: walk.from, until: "2026-11-24T00:00:00Z", workers: 2, arenas: ["a"] });
});

test("a patrol ends after it began and within a day, and who forgot to end it is asked when", () => {
  const now = Date.parse("2026-11-26T00:00:00Z");
  const times = (from: string, until?: string) => wrongTimes({ from, ...(until === undefined ? {} : { until }) }, now);
  expect(times("2026-11-23T20:00:00Z", "2026-11-24T02:00:00Z")).toBe(null);
  expect(times("2026-11-23T20:00:00Z")).toBe("length");
  expect(times("2026-11-23T20:00:00Z", "2026-11-23T20:00:00Z")).toBe("length");
  expect(times("2026-11-23T20:00:00Z", "2026-11-24T20:01:00Z")).toBe("length");
  expect(times("2026-11-27T20:00:00Z", "2026-11-27T21:00:00Z")).toBe("future");
  expect([forgotten(walk, now), forgotten(walk, Date.parse("2026-11-24T20:00:00Z"))]).toEqual([true, false]);
});
