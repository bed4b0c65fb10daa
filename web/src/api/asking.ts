import { signal } from "@preact/signals";

/** The question why somebody looks (`reason.ts`), while they must answer it; null takes it back. Every page has room for it. */
export const asking = signal<((reason: string | null) => void) | null>(null);
