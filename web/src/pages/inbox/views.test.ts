import { expect, test } from "vitest";
import { VIEWS, address, bare, count, parse, queries } from "./views";

const read = (search: string) => parse(new URLSearchParams(search));

test("an address says everything that it shows, and nothing that is as usual", () => {
  expect(address(read(""))).toBe("/innboks");
  for (const search of ["vis=sendt", "vis=mine&enhetens=ja", "flyt=transfer&hast=urgent&tilstand=sent&enhet=bydel-sagene&over=ja&q=K7QF-2M"]) {
    expect(address(read(search))).toBe(`/innboks?${search}`);
  }
  expect(address(read("vis=none&over=nei"))).toBe("/innboks");
  expect(count(read("hast=urgent&over=ja&q=K7"))).toBe(3);
  expect(address(bare(read("vis=sendt&hast=urgent")))).toBe("/innboks?vis=sendt");
});

test("what came back to us is to be answered as well as what came in", () => {
  expect(queries(read(""), false).map((query) => query.box)).toEqual(["inbox", "custody"]);
  expect(queries(read(""), true).at(-1)).toMatchObject({ box: "all", state: "allocation-disputed" });
  expect(queries(read("tilstand=declined"), false)).toMatchObject([{ box: "custody", state: "declined" }]);
  expect(queries(read("tilstand=completed"), false)).toEqual([]);
});

test("a filter reaches every list of a view", () => {
  for (const view of VIEWS) {
    const all = queries({ ...read("hast=urgent&over=ja&q=k7qf"), view }, true);
    expect(all.length).toBeGreaterThan(0);
    for (const query of all) expect(query).toMatchObject({ urgency: "urgent", overdue: true, q: "K7QF" });
  }
});
