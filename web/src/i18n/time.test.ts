import { expect, test } from "vitest";
import { clock, deadline, moment, span } from "./time";

const AT = Date.parse("2026-11-24T10:00:00Z"); // a Tuesday, 11:00 in Oslo
const nb = (due: string, warn?: string) => {
  const { text, tone } = deadline(due, "nb", AT, warn);
  return [text, tone];
};

test("limits are told as people say them", () => {
  expect(nb("2026-11-24T10:25:30Z")).toEqual(["om 25 min", "soon"]);
  expect(nb("2026-11-24T13:10:00Z")).toEqual(["om 3 t", "soon"]);
  expect(nb("2026-11-24T17:00:00Z")).toEqual(["i dag 18:00", "soon"]);
  expect(nb("2026-11-24T22:59:59Z")).toEqual(["i dag", "soon"]);
  expect(nb("2026-11-25T07:00:00Z")).toEqual(["i morgen 08:00", "soon"]);
  expect(nb("2026-11-25T22:59:59Z")).toEqual(["i morgen", "calm"]);
  expect(nb("2026-12-03T22:59:59Z")).toEqual(["tor. 3. des.", "calm"]);
  expect(nb("2027-03-01T22:59:59Z")).toEqual(["1. mars 2027", "calm"]);
});

test("what is late is told by how much", () => {
  expect(nb("2026-11-24T09:59:59Z")).toEqual(["1 min over fristen", "over"]);
  expect(nb("2026-11-24T05:00:00Z")).toEqual(["5 t over fristen", "over"]);
  expect(nb("2026-11-22T10:00:00Z")).toEqual(["2 døgn over fristen", "over"]);
  expect(deadline("2026-11-22T10:00:00Z", "en", AT).text).toBe("2 days overdue");
});

test("a clock warns when it says so, and always in the last hour", () => {
  expect(nb("2026-11-25T07:00:00Z", "2026-11-25T00:00:00Z")[1]).toBe("calm");
  expect(nb("2026-11-30T07:00:00Z", "2026-11-23T00:00:00Z")[1]).toBe("soon");
  expect(nb("2026-11-24T10:30:00Z", "2026-11-24T10:29:00Z")[1]).toBe("soon");
});

test("the day is Norway's, also where summer time ends", () => {
  expect(clock(Date.parse("2026-10-25T00:30:00Z"), "nb")).toBe("02:30");
  expect(moment(Date.parse("2026-11-23T23:30:00Z"), "nb", AT)).toBe("i dag 00:30");
  expect(moment(Date.parse("2026-11-23T22:30:00Z"), "en", AT)).toBe("yesterday 23:30");
  expect(span(90 * 60_000, true)).toBe("1 t");
});
