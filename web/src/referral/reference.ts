/** What people say on the phone: Crockford's letters, without those that are taken for others. */
const REFERENCE = /^[0-9A-HJ-NP-TV-Z]{4}-?[0-9A-HJ-NP-TV-Z]{2}$/i;

export function isReference(written: string): boolean {
  return REFERENCE.test(written.trim());
}
