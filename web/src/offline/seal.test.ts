import { expect, test } from "vitest";
import { newKey, open, seal } from "./seal";
import { uuid7 } from "./uuid";

test("what is sealed opens with its key at its place, and nowhere else", async () => {
  const [key, other] = [await newKey(), await newKey()];
  const sealed = await seal(key, "kari/1", { alias: "K.", ages: [16] });
  expect(await open(key, "kari/1", sealed)).toEqual({ alias: "K.", ages: [16] });
  await expect(open(other, "kari/1", sealed)).rejects.toThrow();
  await expect(open(key, "ola/1", sealed)).rejects.toThrow();
  await expect(open(key, "kari/2", sealed)).rejects.toThrow();
  const bent = new Uint8Array(sealed.bytes.slice(0));
  bent[3] = (bent[3] ?? 0) ^ 1;
  await expect(open(key, "kari/1", { iv: sealed.iv, bytes: bent.buffer })).rejects.toThrow();
});

test("nothing of it stands in the open, no two seals are equal, and the key does not leave the browser", async () => {
  const key = await newKey();
  const [one, two] = [await seal(key, "a", "Vaterland"), await seal(key, "a", "Vaterland")];
  expect(new TextDecoder().decode(one.bytes)).not.toContain("Vaterland");
  expect(new Uint8Array(one.bytes)).not.toEqual(new Uint8Array(two.bytes));
  await expect(crypto.subtle.exportKey("raw", key)).rejects.toThrow();
});

test("ids are UUIDs of version 7 that stand in the order of time", () => {
  const at = Date.UTC(2026, 10, 24, 1, 30);
  const ids = Array.from({ length: 1_000 }, (_, place) => uuid7(at + place));
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(parseInt(ids[0]?.replaceAll("-", "").slice(0, 12) ?? "", 16)).toBe(at);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(Array.from({ length: 1_000 }, () => uuid7(at))).size).toBe(1_000);
});
