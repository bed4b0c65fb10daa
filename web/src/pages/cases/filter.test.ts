import { expect, test } from "vitest";
import { NONE, address, narrows, parse, query } from "./filter";

test("what the address says is what it was made from", () => {
  const filter = { whose: "unit", agency: "uteseksjonen", state: "any", uncovered: true, q: "S-K7" } as const;
  expect(address(filter)).toBe("/saker?vis=enheten&enhet=uteseksjonen&tilstand=alle&udekket=ja&q=S-K7");
  expect(parse(new URL(`https://x${address(filter)}`).searchParams)).toEqual(filter);
  expect(address(NONE)).toBe("/saker");
  expect(parse(new URLSearchParams("vis=noe&tilstand=annet"))).toEqual(NONE);
});

test("an agency is asked about only where one works there", () => {
  expect(query({ ...NONE, whose: "unit", agency: "udi" }, ["uteseksjonen"])).toEqual({ limit: 25, state: "open", coordinator: "uteseksjonen" });
  expect(query({ ...NONE, whose: "me", q: " s-k7 " }, [])).toEqual({ limit: 25, state: "open", coordinator: "me", q: "S-K7" });
  expect(narrows(NONE)).toBe(false);
  expect(narrows({ ...NONE, state: "closed" })).toBe(true);
});
