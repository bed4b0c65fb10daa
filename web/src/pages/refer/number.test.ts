import { expect, test } from "vitest";
import { dufLooksWrong, faultOf } from "./number";

test("numbers that hold, of each kind", () => {
  for (const number of ["17912099997", "29822099635", "05840399895", "12829499914", "179120 99997"]) expect(faultOf("fnr", number, "demo"), number).toBeNull();
  for (const number of ["57912075186", "69822075096", "45840375084", "46879700922"]) expect(faultOf("d-number", number, "demo"), number).toBeNull();
  for (const number of ["01415612385", "13527248013"]) expect(faultOf("h-number", number, "demo"), number).toBeNull();
  for (const number of ["81234567802", "91234567883"]) expect(faultOf("fh-number", number, "demo"), number).toBeNull();
  // By the rule for numbers that are issued from 2032, and by both.
  for (const number of ["30108299939", "02013299997", "30108299920"]) expect(faultOf("fnr", number, null), number).toBeNull();
});

test("each slip is told as what it is", () => {
  expect(faultOf("fnr", "1791209999", "demo")).toBe("length");
  expect(faultOf("fnr", "1791209999x", "demo")).toBe("digits");
  expect(faultOf("fnr", "01535612303", null)).toBe("date");
  expect(faultOf("fnr", "13097248032", null)).toBe("check");
  expect(faultOf("fnr", "13097248023", null)).toBe("check");
  expect(faultOf("fh-number", "17912099997", null)).toBe("first");
  expect(faultOf("d-number", "17912099997", "demo")).toBe("date");
});

test("a demo takes Tenor's numbers only, and production none of those", () => {
  expect(faultOf("fnr", "30108299920", "demo")).toBe("real");
  expect(faultOf("fnr", "15507600333", "demo")).toBe("real");
  expect(faultOf("fnr", "17912099997", "production")).toBe("synthetic");
  expect(faultOf("fnr", "17912099997", null)).toBeNull();
});

test("a DUF number is warned about and never refused", () => {
  expect(faultOf("duf", "200205705502", "demo")).toBeNull();
  expect([dufLooksWrong("200205705502"), dufLooksWrong("200900595509"), dufLooksWrong("200205705503")]).toEqual([false, false, true]);
  expect(faultOf("duf", "20020570550", "demo")).toBe("length");
});
