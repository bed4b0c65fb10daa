import { expect, test } from "vitest";
import type { Problem } from "../api/client";
import { OLD_AFTER_MS, asked, isOld, mayChange, meaning, tried } from "./queue";

const problem = (code: string, status: number): Problem => ({ code, status, type: "", title: "", detail: "", instance: "" });

test("only 201 and 412 end the waiting", () => {
  expect(meaning(201, null, null)).toEqual({ kind: "stored" });
  expect(meaning(412, problem("already-stored", 412), null)).toEqual({ kind: "stored" });
  for (const status of [200, 204, 302, 404, 418]) expect(meaning(status, null, null).kind).toBe("silence");
});

test("a person mends what the server cannot take, and nobody else's page makes a draft of it", () => {
  const refused = problem("invalid-input", 422);
  expect(meaning(422, refused, null)).toEqual({ kind: "refused", problem: refused });
  expect(meaning(403, problem("forbidden", 403), null).kind).toBe("refused");
  // The sign-in page of a Wi-Fi.
  expect(meaning(403, null, null).kind).toBe("silence");
  expect(meaning(401, problem("unauthenticated", 401), null)).toEqual({ kind: "signed-out" });
  expect(meaning(409, problem("conflict", 409), null)).toEqual({ kind: "taken" });
});

test("a case that is closed meanwhile is told of, and only a repeated key waits", () => {
  const closed = problem("case-not-open", 409);
  expect(meaning(409, closed, null, true)).toEqual({ kind: "refused", problem: closed });
  expect(meaning(409, problem("conflict", 409), null, true).kind).toBe("refused");
  expect(meaning(409, problem("idempotency-in-progress", 409), null, true).kind).toBe("silence");
  expect(meaning(404, problem("not-found", 404), null, true).kind).toBe("refused");
  expect(meaning(201, null, null, true)).toEqual({ kind: "stored" });
});

test("a server in trouble is left alone for as long as it asks, within reason", () => {
  expect(meaning(503, null, "7")).toEqual({ kind: "silence", afterMs: 7_000 });
  expect(meaning(429, problem("too-many", 429), null)).toEqual({ kind: "silence", afterMs: 0 });
  expect(meaning(409, problem("in-progress", 409), null).kind).toBe("silence");
  expect(asked({ tries: 1, nextAt: 10 }, 0, 7_000)).toEqual({ tries: 1, nextAt: 7_000 });
  expect(asked({ tries: 1, nextAt: 10 }, 0, 86_400_000).nextAt).toBe(300_000);
});

test("each pause is longer than the one before, with chance in it, and none is longer than five minutes", () => {
  let patience = { tries: 0, nextAt: 0 };
  const pauses = [];
  for (let round = 0; round < 1_000; round++) {
    patience = tried(patience, 0, 1);
    pauses.push(patience.nextAt);
  }
  expect(pauses.slice(0, 4)).toEqual([2_000, 4_000, 8_000, 16_000]);
  expect(Math.max(...pauses)).toBe(300_000);
  expect(patience.tries).toBe(1_000);
  expect(tried({ tries: 0, nextAt: 0 }, 0, 0).nextAt).toBe(1_000);
});

test("what was tried may be on the server and is not changed; what is old is told", () => {
  expect(mayChange({ tries: 0, nextAt: 0 })).toBe(true);
  expect(mayChange(tried({ tries: 0, nextAt: 0 }, 0, 0))).toBe(false);
  expect(isOld(0, OLD_AFTER_MS)).toBe(false);
  expect(isOld(0, OLD_AFTER_MS + 1)).toBe(true);
});
