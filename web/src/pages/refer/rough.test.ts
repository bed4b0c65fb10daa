import { expect, test } from "vitest";
import { referLater as t } from "../../i18n/nb/refer-later";
import type { Question } from "./receivers";
import type { Agency } from "./reference";
import { rough } from "./rough";

const agency = (slug: string, kind: Agency["kind"], more: Partial<Agency> = {}) =>
  // Only what the rules look at.
  ({ slug, name: slug, kind, active: true, municipality: "0301", district: null, ...more }) as Agency;
const CITY = [
  agency("vakten", "child-welfare", { openingHours: { always: true } }),
  agency("barnevern-sagene", "child-welfare", { district: "030103" }),
  agency("bydel-sagene", "district", { district: "030103" }),
  agency("bydel-alna", "district", { district: "030112" }),
  agency("legevakt", "emergency-health", { openingHours: { always: true } }),
  agency("varmestua", "ngo"),
  agency("stengt", "ngo", { active: false }),
  agency("barnevern-barum", "child-welfare", { municipality: "3201" }),
];
const OFFERS = { shelter: ["varmestua", "stengt", "vakten"] };
const ask = (change: Partial<Question>) =>
  rough({ age: 16, whereabouts: { municipality: "0301", district: "030103" }, needs: ["shelter"], urgency: "urgent", sender: "uteseksjonen", ...change }, CITY, OFFERS, [], "outreach", t).map(({ slug }) => slug);

test("in an emergency, whoever is there day and night comes first", () => {
  expect(ask({ urgency: "emergency" })).toEqual(["vakten", "barnevern-sagene", "varmestua", "bydel-sagene"]);
  expect(ask({ urgency: "emergency", needs: ["somatic-health"], age: 20 })[0]).toBe("legevakt");
});

test("the child welfare where the child stays, in or out of town", () => {
  expect(ask({})[0]).toBe("barnevern-sagene");
  expect(ask({ whereabouts: { municipality: "3201", district: null } })).toEqual(["barnevern-barum"]);
});

test("an office that three districts share is found in each of them", () => {
  const valley = { ...agency("barnevern-dalen", "child-welfare", { district: "030110" }), alsoServes: ["030111", "3222"] };
  const first = (municipality: string, district: string | null) =>
    rough({ age: 16, whereabouts: { municipality, district }, needs: ["shelter"], urgency: "urgent", sender: "u" }, [...CITY, valley], OFFERS, [], "outreach", t)
      .map(({ slug }) => slug)
      .includes("barnevern-dalen");
  expect([first("0301", "030110"), first("0301", "030111"), first("3222", null)]).toEqual([true, true, true]);
  expect([first("0301", "030112"), first("3201", null)]).toEqual([false, false]);
});

test("an adult is not sent to child welfare, nobody to a closed place or to themselves", () => {
  expect(ask({ age: 20 })).toEqual(["varmestua", "bydel-sagene"]);
  expect(ask({ sender: "varmestua", age: 20 })).toEqual(["bydel-sagene"]);
});

test("without coverage no limit and no open door is claimed", () => {
  const [first] = rough({ age: 16, whereabouts: null, needs: ["shelter"], urgency: "emergency", sender: "u" }, CITY, OFFERS, [], "outreach", t);
  expect(first).toMatchObject({ slug: "vakten", clock: null, open: null, always: true, bases: [] });
});
