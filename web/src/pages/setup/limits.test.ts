import { expect, test } from "vitest";
import { fromFields, keyOf, readLimit, toFields, usualUnit, writeLimit } from "./limits";

test("a limit is read as it is written", () => {
  for (const written of ["1 hour", "24 hours", "8 opening hours", "1 working day", "5 working days", "1 week", "6 months", "2 days"]) {
    const limit = readLimit(written);
    expect(limit, written).not.toBeNull();
    if (limit !== null) expect(writeLimit(limit.count, limit.unit)).toBe(written);
  }
  for (const none of ["", "soon", "5", "hours", "2 years"]) expect(readLimit(none)).toBeNull();
});

test("fields and limits are the same thing, and what is empty is left out", () => {
  const limits = { acknowledge: { emergency: "1 hour" }, answer: { urgent: "24 hours", routine: "5 working days" } };
  const fields = toFields(limits);
  expect(Object.keys(fields).length).toBe(12);
  expect(fields[keyOf("answer", "emergency")]).toEqual({ count: "", unit: usualUnit("emergency") });
  expect(fromFields(fields)).toEqual({ limits, wrong: [] });
});

test("what is no whole number is told at its field", () => {
  const fields = { ...toFields({}), [keyOf("answer", "urgent")]: { count: "to", unit: "hour" as const }, [keyOf("answer", "routine")]: { count: "0", unit: "day" as const } };
  expect(fromFields(fields)).toEqual({ limits: {}, wrong: ["answer/urgent", "answer/routine"] });
});
