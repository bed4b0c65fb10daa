/** What the server said last, for when it says nothing: the directory, the definitions, the rules of law. */
import { mine } from "./shelf";
import { quietly } from "./quiet";
import type { Known } from "./store";

/**
 * Hands over what is known of `question`, and then what the server says to it now, if it says anything. A page that is
 * shown keeps itself up to date this way; the age stands beside what it shows. What is younger than `freshForMs` is not
 * asked for again.
 */
export async function lastKnown<T>(
  question: string,
  freshForMs: number,
  ask: () => Promise<T | null>,
  use: (known: Known<T>) => void,
): Promise<void> {
  const store = mine();
  const kept = await store?.recall<T>(question).catch(() => null);
  if (kept !== null && kept !== undefined) {
    use(kept);
    if (Date.now() - kept.at < freshForMs) return;
  }
  const said = await ask();
  if (said === null) return;
  const at = Date.now();
  use({ at, data: said });
  await store?.remember(question, said, at).catch(() => undefined);
}

/** All items of a list, or null when the server did not tell all. */
export async function everything<T>(path: string): Promise<T[] | null> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const heard = await quietly("GET", `${path}${path.includes("?") ? "&" : "?"}limit=100${more}`);
    if (heard.status !== 200) return null;
    const page = heard.body as { items: T[]; nextCursor?: string | null };
    items.push(...page.items);
    cursor = page.nextCursor ?? null;
  } while (cursor !== null);
  return items;
}

export async function one<T>(path: string): Promise<T | null> {
  const heard = await quietly("GET", path);
  return heard.status === 200 ? (heard.body as T) : null;
}
