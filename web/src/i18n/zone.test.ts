import { expect, test } from "vitest";
import { daysBetween, inOslo, isDay, lastOfMonth, localDay, localMinute, plusDays } from "./zone";

const iso = (day: string, time?: string) => new Date(inOslo(day, time)).toISOString().slice(0, 16);

test("an hour in Oslo is found in winter, in summer and at the change between them", () => {
  expect(iso("2026-11-24", "08:00")).toBe("2026-11-24T07:00");
  expect(iso("2026-07-01")).toBe("2026-06-30T22:00");
  // The night of 29 March 2026 has no 02:30; that of 25 October has it twice.
  expect(iso("2026-03-29", "01:59")).toBe("2026-03-29T00:59");
  expect(iso("2026-03-29", "02:30")).toBe("2026-03-29T01:30");
  expect(iso("2026-03-29", "03:00")).toBe("2026-03-29T01:00");
  expect(["2026-10-25T00:30", "2026-10-25T01:30"]).toContain(iso("2026-10-25", "02:30"));
  expect(iso("2026-10-26", "08:00")).toBe("2026-10-26T07:00");
});

test("and the day in Oslo is not that of the world", () => {
  expect(localDay(Date.parse("2026-11-24T23:30:00Z"))).toBe("2026-11-25");
  expect(localMinute(Date.parse("2026-07-01T23:05:00Z"))).toBe("2026-07-02T01:05");
  for (let day = "2026-01-01"; day < "2027-01-01"; day = plusDays(day, 1)) {
    expect(localDay(inOslo(day))).toBe(day);
    expect(localMinute(inOslo(day, "15:30"))).toBe(`${day}T15:30`);
  }
});

test("days are counted and recognised", () => {
  expect([lastOfMonth("2026-02-10"), lastOfMonth("2028-02-01"), lastOfMonth("2026-09-01", 3)]).toEqual(["2026-02-28", "2028-02-29", "2026-12-31"]);
  expect(plusDays("2026-12-31", 1)).toBe("2027-01-01");
  expect(daysBetween("2026-03-28", "2026-03-30")).toBe(2);
  expect([isDay("2026-02-28"), isDay("2026-02-30"), isDay("28.2.2026"), isDay("")]).toEqual([true, false, false, false]);
});
