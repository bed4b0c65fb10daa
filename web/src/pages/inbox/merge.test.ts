import { expect, test } from "vitest";
import { Merged, type Sorted, compare } from "./merge";

const row = (id: string, nextDueAt: string | null): Sorted => ({ id, nextDueAt, createdAt: `2026-01-01T00:00:${id}Z` });

function lists(size: number, ...all: Sorted[][]) {
  const asked: string[] = [];
  const merged = new Merged<Sorted>(
    all.length,
    (source, cursor) => {
      asked.push(`${String(source)}:${cursor ?? ""}`);
      const from = Number(cursor ?? 0);
      const items = all[source]?.slice(from, from + size) ?? [];
      const more = from + size < (all[source]?.length ?? 0);
      return Promise.resolve({ items, nextCursor: more ? String(from + size) : null });
    },
    compare("due"),
  );
  return { merged, asked };
}

test("two lists come as one in order, each row once, those without a limit last", async () => {
  const one = [row("01", "2026-01-02"), row("02", "2026-01-05"), row("03", null)];
  const other = [row("04", "2026-01-01"), row("02", "2026-01-05"), row("05", "2026-01-06"), row("06", "2026-01-07")];
  for (const size of [1, 2, 50]) {
    const { merged } = lists(size, one, other);
    const ids = [];
    while (merged.more) ids.push(...(await merged.next(2)).map((one) => one.id));
    expect(ids).toEqual(["04", "01", "02", "05", "06", "03"]);
  }
});

test("no page is fetched before it is needed", async () => {
  const rows = Array.from({ length: 6 }, (_, index) => row(`1${String(index)}`, `2026-01-0${String(index + 1)}`));
  const { merged, asked } = lists(2, rows);
  expect(await merged.next(2)).toHaveLength(2);
  expect(asked).toEqual(["0:"]);
  expect(await merged.next(2)).toHaveLength(2);
  expect(asked).toEqual(["0:", "0:2"]);
});

test("no list is an empty list", async () => {
  const { merged } = lists(2);
  expect(await merged.next(5)).toEqual([]);
  expect(merged.more).toBe(false);
});
