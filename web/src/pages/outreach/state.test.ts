/** Two tabs that show one patrol: what is kept is the truth for both, and what has ended in one is not written back by the other. */
import { expect, test, vi } from "vitest";
import type { Entry, Store } from "../../offline/store";
import { type Walk, alike, counted, total } from "./tally";

const device = vi.hoisted(() => ({ entries: new Map<string, Entry<unknown>>(), full: false }));

vi.mock("../../api/session", () => ({ me: { value: { id: "ingrid" } } }));
vi.mock("../../offline/known", () => ({ everything: () => null, lastKnown: () => Promise.resolve() }));
vi.mock("../../offline/store", () => {
  const later = <T,>(answer: () => T) => new Promise((done) => setTimeout(done, 1)).then(answer);
  const store: Partial<Store> = {
    list: <T,>(kind: string) => later(() => [...device.entries.values()].filter((entry) => entry.kind === kind) as Entry<T>[]),
    get: <T,>(id: string) => later(() => (device.entries.get(id) ?? null) as Entry<T> | null),
    put: (entry) =>
      later(() => {
        if (device.full) throw new Error("no room");
        device.entries.set(entry.id, entry);
      }),
    remove: (id) => later(() => void device.entries.delete(id)),
  };
  return { storeOf: () => store };
});

/** As browsers have them: one at a time, across tabs. */
let turn: Promise<unknown> = Promise.resolve();
vi.stubGlobal("navigator", {
  locks: {
    request: (_: string, work: () => Promise<unknown>) => {
      const mine = turn.then(work);
      turn = mine.catch(() => undefined);
      return mine;
    },
  },
});

/** A tab that is opened on the device as it is. */
async function tab() {
  vi.resetModules();
  const state = await import("./state");
  await state.begin();
  return state;
}

const plus = (walk: Walk) => counted(walk, alike(walk, "15"), 1);
const rest = () => new Promise((done) => setTimeout(done, 60));
const kept = () => [...device.entries.values()].map(({ kind, data }) => [kind, kind === "walk" ? total(data as Walk) : null]);

test("a night that was queued in one tab is not written back by another, before it is sent or after", async () => {
  device.entries.clear();
  const one = await tab();
  one.start("uteseksjonen", 2, ["a"]);
  one.keep(plus);
  await rest();
  const other = await tab();
  expect(other.walk.value).not.toBeNull();
  // Pressed at once, before the other can have heard.
  await one.finish();
  other.keep(plus);
  await rest();
  expect(kept()).toEqual([["night", null]]);
  expect([other.walk.value, other.endedElsewhere.value]).toEqual([null, true]);
  // The server has it.
  device.entries.clear();
  other.keep(plus);
  await other.finish();
  await other.discard();
  await rest();
  expect(kept()).toEqual([]);
});

test("a night that is queued is not thrown away by a tab that still shows it as walked", async () => {
  device.entries.clear();
  const one = await tab();
  one.start("uteseksjonen", 2, ["a"]);
  one.keep(plus);
  await rest();
  const other = await tab();
  await Promise.all([one.finish(), other.discard()]);
  expect(kept()).toEqual([["night", null]]);
});

test("what both tabs count is counted, and each shows it", async () => {
  device.entries.clear();
  const one = await tab();
  one.start("uteseksjonen", 2, ["a"]);
  await rest();
  const other = await tab();
  one.keep(plus);
  other.keep(plus);
  one.keep(plus);
  await rest();
  expect(kept()).toEqual([["walk", 3]]);
  await vi.waitFor(() => expect([one, other].map(({ walk }) => walk.value && total(walk.value))).toEqual([3, 3]));
});

test("two tabs that begin at once walk one patrol", async () => {
  device.entries.clear();
  const [one, other] = [await tab(), await tab()];
  one.start("uteseksjonen", 2, ["a"]);
  other.start("uteseksjonen", 2, ["a"]);
  other.keep(plus);
  await rest();
  expect(kept()).toEqual([["walk", 1]]);
});

test("what could not be kept stays on the screen, and is kept with the next press", async () => {
  device.entries.clear();
  const one = await tab();
  one.start("uteseksjonen", 2, ["a"]);
  await rest();
  device.full = true;
  one.keep(plus);
  await rest();
  expect(one.walk.value && total(one.walk.value)).toBe(1);
  device.full = false;
  one.keep(plus);
  await rest();
  expect(kept()).toEqual([["walk", 2]]);
});
