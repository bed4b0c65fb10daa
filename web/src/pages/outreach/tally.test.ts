import { expect, test } from "vitest";
import { type Walk, alike, countOf, counted, endOf, fresh, toRequest, total } from "./tally";

const walk: Walk = {
  agency: "uteseksjonen",
  from: "2026-11-23T20:00:00Z",
  workers: 2,
  arenas: ["a"],
  lines: [],
  next: { arena: "a", acquaintance: "known", sex: "male", need: "", outcome: "talked", client: false, missing: false },
};

test("a patrol that was forgotten ended when something was pressed last", () => {
  const hour = 3_600_000;
  expect(endOf(0, 2 * hour, 3 * hour)).toBe(3 * hour);
  expect(endOf(0, 5 * hour, 25 * hour)).toBe(5 * hour);
  expect(endOf(0, 30 * hour, 40 * hour)).toBe(24 * hour);
  expect(endOf(0, 0, 40 * hour)).toBe(60_000);
});

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
