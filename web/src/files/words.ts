import { words } from "../i18n";
import { files as en } from "../i18n/en/files";
import { files as nb } from "../i18n/nb/files";

export const text = words(nb, en);

/** What a file is called, also when nobody gave it a name. */
export function nameOf({ name, type }: { readonly name: string; readonly type: string }): string {
  const t = text();
  return name !== "" ? name : t.unnamed(type.startsWith("image/") ? t.picture : t.document);
}
