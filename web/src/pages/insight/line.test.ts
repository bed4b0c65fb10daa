import { expect, test } from "vitest";
import { line } from "./line";

test("a line breaks off where nobody knows", () => {
  expect(line([[0, 1], [2, 3], null, [4, 5], [6, 7.25]])).toBe("M0.0,1.0L2.0,3.0M4.0,5.0L6.0,7.3");
  expect(line([null, [1, 1], null])).toBe("M1.0,1.0");
  expect(line([])).toBe("");
});
