import { expect, test } from "vitest";
import type { Hours } from "../directory/hours";
import { type Typed, datesOf, minutes, read, stretches, toHours, toTyped, write, writeDates } from "./week";

const closed: Typed = { mode: "hours", mon: "", tue: "", wed: "", thu: "", fri: "", sat: "", sun: "", holidays: "", dates: "", outOfHours: "" };

test("hours are read as people type them", () => {
  for (const typed of ["8-15.30", "08:00–15:30", "0800-1530", "kl. 8 til 15.30", " 8 - 15:30 "]) expect(read(typed), typed).toEqual([["08:00", "15:30"]]);
  expect(read("13-16 og 8-12")).toEqual([
    ["08:00", "12:00"],
    ["13:00", "16:00"],
  ]);
  for (const typed of ["", " ", "-", "stengt", "Closed"]) expect(read(typed), typed).toEqual([]);
  expect(read("0-24")).toEqual([["00:00", "24:00"]]);
  expect(read("10-0")).toEqual([["10:00", "24:00"]]);
  for (const typed of ["8", "8-", "8-25", "8-15.70", "24-8", "8-8", "8-12-16", "åtte til tolv", "8-12,"]) expect(read(typed), typed).toBe(null);
  expect(write(read("8-12, 13-16") ?? [])).toBe("08:00–12:00, 13:00–16:00");
});

test("a night is one span to type and two for the API", () => {
  const hours = toHours({ ...closed, fri: "20-3", sat: "20-3", sun: "22-24" });
  expect(hours).toEqual({
    fri: [["20:00", "24:00"]],
    sat: [
      ["00:00", "03:00"],
      ["20:00", "24:00"],
    ],
    sun: [
      ["00:00", "03:00"],
      ["22:00", "24:00"],
    ],
  });
  expect(toTyped(hours, "")).toMatchObject({ fri: "20:00–03:00", sat: "20:00–03:00", sun: "22:00–24:00", mon: "" });
  expect(minutes(hours as Exclude<Hours, { always: true }>)).toBe(16 * 60);
});

test("what the API has comes back as it was", () => {
  const all: readonly (Hours | null)[] = [
    null,
    { always: true },
    {},
    { mon: [["08:00", "12:00"], ["13:00", "16:00"]], holidays: [["10:00", "14:00"]] },
    { sun: [["20:00", "24:00"]], mon: [["00:00", "02:00"]] },
    { mon: [["00:00", "24:00"]], tue: [["00:00", "24:00"]] },
    { tue: [["08:00", "15:30"]], dates: { "2026-12-24": [["08:00", "12:00"]], "2026-12-28": [] } },
  ];
  for (const hours of all) expect(toHours(toTyped(hours, "vakten")), JSON.stringify(hours)).toEqual(hours);
  expect(toTyped(null, "vakten").outOfHours).toBe("vakten");
});

test("single dates that are alike stand together", () => {
  const dates = datesOf("2026-12-28=\n2026-12-24=08:00–12:00\n2026-12-29=\n2026-12-31=");
  expect(stretches(dates).map(({ from, to, spans }) => [from, to, write(spans)])).toEqual([
    ["2026-12-24", "2026-12-24", "08:00–12:00"],
    ["2026-12-28", "2026-12-29", ""],
    ["2026-12-31", "2026-12-31", ""],
  ]);
  expect(writeDates(dates)).toBe("2026-12-24=08:00–12:00\n2026-12-28=\n2026-12-29=\n2026-12-31=");
});
