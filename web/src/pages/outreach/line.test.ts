import { expect, test } from "vitest";
import { type Contact, formOf, tallyOf, wrongIn } from "./line";

const line = {
  id: "l",
  version: 1,
  patrol: "p",
  arena: { id: "a", name: "Vaterland" },
  acquaintance: "known",
  age: "15",
  sex: "male",
  persons: 3,
  needs: ["shelter", "crime"],
  outcome: "referred",
  clients: 2,
  missing: 0,
  referral: "K7QF-2M",
  withdrawnAt: null,
} as unknown as Contact;

test("a line that nobody changes is sent as it stands", () => {
  expect(tallyOf(formOf(line), line.referral)).toEqual({
    arena: "a",
    acquaintance: "known",
    age: "15",
    sex: "male",
    outcome: "referred",
    persons: 3,
    needs: ["crime", "shelter"],
    clients: 2,
    missing: 0,
    referral: "K7QF-2M",
  });
});

test("a line that does not say any more that somebody was referred names no referral", () => {
  expect(tallyOf({ ...formOf(line), outcome: "talked" }, line.referral)).not.toHaveProperty("referral");
});

test("what is no number, or more than were met, is said before anybody is asked", () => {
  const words = { needPersons: "persons", atMost: (most: number) => `at most ${most}` };
  const wrong = (change: object) => wrongIn({ ...formOf(line), ...change }, words);
  expect(wrong({})).toEqual({});
  for (const persons of ["", "0", "501", "to", "2,5", "-1"]) expect(wrong({ persons })["line-tally-persons"]).toBe("persons");
  expect(wrong({ persons: "1" })).toEqual({ "line-tally-clients": "at most 1" });
  expect(wrong({ missing: "4" })).toEqual({ "line-tally-missing": "at most 3" });
  expect(wrong({ clients: "", missing: "" })).toEqual({});
});
