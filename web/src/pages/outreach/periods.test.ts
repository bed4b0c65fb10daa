import { expect, test } from "vitest";
import { month, months, thirdsUpTo } from "./periods";

test("a month is whole, also at the end of a year and in February", () => {
  expect(month("2026-12")).toEqual({ name: "2026-12", from: "2026-12-01", to: "2026-12-31" });
  expect(month("2028-02").to).toBe("2028-02-29");
});

test("the months go back over the turn of the year", () => {
  const found = months("2026-02-10").map(({ name }) => name);
  expect(found.slice(0, 3)).toEqual(["2026-02", "2026-01", "2025-12"]);
  expect(found).toHaveLength(14);
});

test("across agencies only thirds that are over are offered", () => {
  expect(thirdsUpTo("2026-11-24", false)[0]).toEqual({ name: "2026-t3", from: "2026-09-01", to: "2026-12-31" });
  expect(thirdsUpTo("2026-11-24", true)[0]).toEqual({ name: "2026-t2", from: "2026-05-01", to: "2026-08-31" });
  expect(thirdsUpTo("2026-02-01", true)[0]?.name).toBe("2025-t3");
});
