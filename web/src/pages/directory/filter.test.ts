import { expect, test } from "vitest";
import { NONE, address, parse, query } from "./filter";

test("an address says the whole search, and nothing when there is none", () => {
  const search = { q: "gård", kind: "ngo", district: "030102", need: "shelter", age: "16", open: true } as const;
  expect(parse(new URLSearchParams(address(search).split("?")[1]))).toEqual(search);
  expect(address(NONE)).toBe("/katalog");
  expect(query(search)).toEqual({ limit: 100, q: "gård", kind: "ngo", district: "030102", need: "shelter", age: 16, openNow: true });
});

test("what the address has wrong is not asked", () => {
  const found = parse(new URLSearchParams("type=castle&bydel=Oslo&behov=gold&alder=old&apent=1"));
  expect(found).toEqual({ ...NONE, age: "old" });
  expect(query(found)).toEqual({ limit: 100 });
});
