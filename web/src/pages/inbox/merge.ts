/** Several lists of the API as one, in one order, page by page. */

export interface Sorted {
  readonly id: string;
  readonly nextDueAt?: string | null;
  readonly createdAt: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string | null;
}

type Fetch<T> = (source: number, cursor: string | null) => Promise<Page<T>>;

/** The shortest limit first, those without one last; or the newest first. As the server sorts. */
export function compare(by: "due" | "created"): (one: Sorted, other: Sorted) => number {
  return (one, other) => {
    if (by === "created") return other.createdAt.localeCompare(one.createdAt) || other.id.localeCompare(one.id);
    const [mine, yours] = [one.nextDueAt ?? "9", other.nextDueAt ?? "9"];
    return mine.localeCompare(yours) || one.id.localeCompare(other.id);
  };
}

interface Source<T> {
  waiting: T[];
  /** Undefined before the first page, null after the last. */
  cursor: string | null | undefined;
}

export class Merged<T extends Sorted> {
  private readonly sources: Source<T>[];
  private readonly given = new Set<string>();

  constructor(
    count: number,
    private readonly fetch: Fetch<T>,
    private readonly order: (one: Sorted, other: Sorted) => number,
  ) {
    this.sources = Array.from({ length: count }, () => ({ waiting: [], cursor: undefined }));
  }

  /** Whether there is more. */
  get more(): boolean {
    return this.sources.some((source) => source.waiting.length > 0 || source.cursor !== null);
  }

  /** The next `wanted` in order, fewer at the end. What stands in two lists comes once. */
  async next(wanted: number): Promise<readonly T[]> {
    const found: T[] = [];
    while (found.length < wanted) {
      // Only when every list has something to offer is the first of them known.
      await Promise.all(
        this.sources.map(async (source, index) => {
          if (source.waiting.length > 0 || source.cursor === null) return;
          const page = await this.fetch(index, source.cursor ?? null);
          source.waiting.push(...page.items);
          source.cursor = page.nextCursor ?? null;
        }),
      );
      const hungry = this.sources.some((source) => source.waiting.length === 0 && source.cursor !== null);
      if (hungry) continue;
      const first = this.sources
        .filter((source) => source.waiting.length > 0)
        .toSorted((one, other) => compareHeads(one, other, this.order))[0];
      const row = first?.waiting.shift();
      if (row === undefined) break;
      if (this.given.has(row.id)) continue;
      this.given.add(row.id);
      found.push(row);
    }
    return found;
  }
}

function compareHeads<T extends Sorted>(one: Source<T>, other: Source<T>, order: (one: Sorted, other: Sorted) => number): number {
  const [mine, yours] = [one.waiting[0], other.waiting[0]];
  return mine === undefined || yours === undefined ? 0 : order(mine, yours);
}
