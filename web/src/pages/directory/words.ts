import { words } from "../../i18n";
import { directory as en } from "../../i18n/en/directory";
import { directory as nb } from "../../i18n/nb/directory";

export const text = words(nb, en);

/** `12–18 år`, `fra 18 år`, `alle aldre` */
export function ages(min: number | null | undefined, max: number | null | undefined): string {
  const t = text().age;
  if (min == null) return max == null ? t.all : t.to(max);
  return max == null ? t.from(min) : t.between(min, max);
}
