import { expect, test } from "vitest";
import { type Hours, closes, isHoliday, openness, week } from "./hours";

const OFFICE: Hours = {
  mon: [["08:00", "15:30"]],
  tue: [["08:00", "15:30"]],
  wed: [["08:00", "15:30"]],
  thu: [["08:00", "15:30"]],
  fri: [["08:00", "15:00"]],
};
const STREET: Hours = {
  fri: [["10:00", "24:00"]],
  sat: [
    ["00:00", "02:00"],
    ["17:00", "24:00"],
  ],
  sun: [
    ["00:00", "02:00"],
    ["16:00", "22:00"],
  ],
  holidays: [["16:00", "22:00"]],
};
const at = (text: string) => Date.parse(text);
const of = (openingHours: Hours, openNow: boolean, now: string, opensAt?: string) => [
  openness({ openingHours, openNow, opensAt: opensAt ?? null }, "nb", at(now)).text,
  openness({ openingHours, openNow, opensAt: opensAt ?? null }, "en", at(now)).text,
];

test("what is open says until when", () => {
  expect(of(OFFICE, true, "2026-11-24T10:00:00Z")).toEqual(["Åpent nå – stenger 15:30", "Open now – closes 15:30"]);
  // Friday night runs into Saturday.
  expect(of(STREET, true, "2026-11-27T21:00:00Z")).toEqual(["Åpent nå – stenger 02:00", "Open now – closes 02:00"]);
  expect(of(STREET, true, "2026-11-28T00:30:00Z")[0]).toBe("Åpent nå – stenger 02:00");
  expect(of({ always: true }, true, "2026-11-28T00:30:00Z")).toEqual(["Døgnåpent", "Open round the clock"]);
  expect(of({ tue: [["08:00", "24:00"]] }, true, "2026-11-24T10:00:00Z")[0]).toBe("Åpent nå – stenger midnatt");
  const longest: Hours = { tue: [["08:00", "24:00"]], wed: [["00:00", "24:00"]], thu: [["00:00", "12:00"]] };
  expect(of(longest, true, "2026-11-24T10:00:00Z")[0]).toBe("Åpent nå – stenger torsdag 12:00");
});

test("what is closed says from when", () => {
  expect(of(OFFICE, false, "2026-11-24T04:00:00Z", "2026-11-24T07:00:00Z")[0]).toBe("Stengt – åpner 08:00");
  expect(of(OFFICE, false, "2026-11-24T20:00:00Z", "2026-11-25T07:00:00Z")[0]).toBe("Stengt – åpner i morgen 08:00");
  expect(of(OFFICE, false, "2026-11-27T20:00:00Z", "2026-11-30T07:00:00Z")).toEqual([
    "Stengt – åpner mandag 08:00",
    "Closed – opens Monday 08:00",
  ]);
  expect(of(OFFICE, false, "2026-12-23T20:00:00Z", "2027-01-04T07:00:00Z")[0]).toBe("Stengt – åpner 4. januar 08:00");
  expect(openness({ openNow: null }, "nb", 0).tone).toBe("unknown");
  expect(openness({ openNow: false }, "nb", 0).text).toBe("Stengt nå");
});

test("a week that is open to each midnight never closes", () => {
  const all: readonly (readonly [string, string])[] = [["00:00", "24:00"]];
  const hours: Hours = { mon: all, tue: all, wed: all, thu: all, fri: all, sat: all, sun: all, holidays: all };
  expect(closes(hours, at("2026-11-24T10:00:00Z"))).toBeNull();
});

test("summer time moves nothing", () => {
  expect(of(OFFICE, true, "2026-07-07T12:00:00Z")[0]).toBe("Åpent nå – stenger 15:30");
});

test("a public holiday has its own hours", () => {
  // Maundy Thursday 2026; the weekday's hours do not count.
  expect(closes(STREET, at("2026-04-02T17:00:00Z"))?.time).toBe("22:00");
  expect(closes(OFFICE, at("2026-04-02T09:00:00Z"))).toBeNull();
  const eve: Hours = { ...OFFICE, dates: { "2026-11-24": [["08:00", "12:00"]] } };
  expect(closes(eve, at("2026-11-24T09:00:00Z"))?.time).toBe("12:00");
  const holidays = ["2026-01-01", "2026-04-02", "2026-04-03", "2026-04-05", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-17", "2026-05-24", "2026-05-25", "2026-12-25", "2026-12-26", "2027-03-28"];
  for (const day of holidays) expect(isHoliday(at(`${day}T00:00:00Z`)), day).toBe(true);
  for (const day of ["2026-12-24", "2026-12-31", "2026-04-04", "2026-04-01"]) expect(isHoliday(at(`${day}T00:00:00Z`)), day).toBe(false);
});

test("days that are alike stand together, and small hours with the evening before", () => {
  expect(week(OFFICE)).toEqual([
    { days: ["mon", "tue", "wed", "thu"], spans: [["08:00", "15:30"]] },
    { days: ["fri"], spans: [["08:00", "15:00"]] },
    { days: ["sat", "sun"], spans: [] },
  ]);
  expect(week(STREET).slice(1)).toEqual([
    { days: ["fri"], spans: [["10:00", "02:00"]] },
    { days: ["sat"], spans: [["17:00", "02:00"]] },
    { days: ["sun"], spans: [["16:00", "22:00"]] },
  ]);
});
