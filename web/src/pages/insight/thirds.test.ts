import { expect, test } from "vitest";
import { endOf, thirds } from "./thirds";

test("those that are over, the last first", () => {
  expect(thirds("2026-11-24").slice(0, 4)).toEqual(["2026-05-01", "2026-01-01", "2025-09-01", "2025-05-01"]);
  expect(thirds("2026-12-31")[0]).toBe("2026-05-01");
  expect(thirds("2027-01-01")[0]).toBe("2026-09-01");
});

test("each ends the day before the next begins", () => {
  expect(["2026-01-01", "2026-05-01", "2026-09-01"].map(endOf)).toEqual(["2026-04-30", "2026-08-31", "2026-12-31"]);
});
