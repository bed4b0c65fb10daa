import { expect, test } from "vitest";
import { isCutShort, ownTime, presets } from "./until";

const offered = (at: string) => presets(Date.parse(at)).map(({ name, until }) => [name, new Date(until).toISOString().slice(0, 16)]);

test("what is offered lies ahead, whatever the hour and the day", () => {
  // A Tuesday morning in November, 09:00 in Oslo.
  expect(offered("2026-11-24T08:00:00Z")).toEqual([
    ["afternoon", "2026-11-24T13:00"],
    ["tomorrow", "2026-11-25T07:00"],
    ["monday", "2026-11-30T07:00"],
  ]);
  expect(offered("2026-11-24T12:00:00Z").map(([name]) => name)).toEqual(["tomorrow", "monday"]);
  // At 00:30 in Oslo it is a new day; on a Sunday tomorrow is Monday; on a Monday it is the next one.
  expect(offered("2026-11-24T23:30:00Z").slice(0, 2)).toEqual([
    ["morning", "2026-11-25T07:00"],
    ["afternoon", "2026-11-25T13:00"],
  ]);
  expect(offered("2026-11-29T15:00:00Z")).toEqual([["tomorrow", "2026-11-30T07:00"]]);
  expect(offered("2026-11-30T15:00:00Z")).toEqual([
    ["tomorrow", "2026-12-01T07:00"],
    ["monday", "2026-12-07T07:00"],
  ]);
  // The Monday after summer time has begun is an hour earlier in the world's clock.
  expect(offered("2026-03-27T15:00:00Z").at(-1)).toEqual(["monday", "2026-03-30T06:00"]);
  for (let at = Date.parse("2026-01-01T00:00:00Z"); at < Date.parse("2027-01-01T00:00:00Z"); at += 31 * 3_600_000) {
    for (const { until } of presets(at)) expect(until).toBeGreaterThan(at + 3_600_000 - 1);
  }
});

test("a time of one's own lies ahead and not too far", () => {
  const at = Date.parse("2026-11-24T08:00:00Z");
  expect(ownTime("2026-11-24T10:30", at)).toBe(Date.parse("2026-11-24T09:30:00Z"));
  for (const wrong of ["", "2026-11-24T09:00", "2027-06-01T08:00", "i morgen"]) expect(ownTime(wrong, at), wrong).toBe(null);
  expect([isCutShort(at, new Date(at - 1).toISOString()), isCutShort(at, new Date(at).toISOString()), isCutShort(at, null)]).toEqual([true, false, false]);
});
