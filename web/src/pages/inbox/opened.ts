/** Referrals that were opened from the list: for the preview, and for what is done by key. */
import { Refused } from "../../api/client";
import { type Referral, type Row, glance, read } from "../../referral/api";

const cache = new Map<string, Promise<Referral>>();

const keyOf = (row: Row) => `${row.id} ${String(row.version)}`;

export function isOpened(row: Row): boolean {
  return cache.has(keyOf(row));
}

/** The referral of a row, asked for once for each version of it. */
export function opened(row: Row): Promise<Referral> {
  const key = keyOf(row);
  const found = cache.get(key) ?? glance(row.reference);
  cache.set(key, found);
  found.catch(() => cache.delete(key));
  if (cache.size > 200) cache.delete(cache.keys().next().value ?? "");
  return found;
}

/** The same for whoever has asked for it by hand: where they must say why they look, they are asked. */
export function openedByHand(row: Row): Promise<Referral> {
  return opened(row).catch((refused: unknown) => {
    if (!demandsReason(refused)) throw refused;
    return read(row.reference);
  });
}

export function demandsReason(refused: unknown): boolean {
  return refused instanceof Refused && refused.problem?.code === "look-reason-required";
}

/** Another language has other words in it. */
export function forgetOpened(): void {
  cache.clear();
}
