/** What the address of the directory says. A search is a link that can be shared; its names are Norwegian, as the path is. */
import { agencyKind, need } from "../../i18n/codes";

export type Kind = keyof typeof agencyKind.nb;
export type Need = keyof typeof need.nb;

export interface Filter {
  readonly q: string;
  readonly kind: Kind | "";
  readonly district: string;
  readonly need: Need | "";
  /** As it was typed. */
  readonly age: string;
  readonly open: boolean;
}

export const NONE: Filter = { q: "", kind: "", district: "", need: "", age: "", open: false };

export function parse(search: URLSearchParams): Filter {
  const of = (name: string) => search.get(name) ?? "";
  const kind = of("type");
  const wanted = of("behov");
  return {
    q: of("q").slice(0, 100),
    kind: isKind(kind) ? kind : "",
    district: /^\d{6}$/.test(of("bydel")) ? of("bydel") : "",
    need: isNeed(wanted) ? wanted : "",
    age: of("alder"),
    open: of("apent") === "ja",
  };
}

export function isKind(code: string): code is Kind {
  return code in agencyKind.nb;
}

export function isNeed(code: string): code is Need {
  return code in need.nb;
}

export function address(filter: Filter): string {
  const search = new URLSearchParams();
  const put = (name: string, value: string) => value !== "" && search.set(name, value);
  put("q", filter.q);
  put("type", filter.kind);
  put("bydel", filter.district);
  put("behov", filter.need);
  put("alder", filter.age);
  put("apent", filter.open ? "ja" : "");
  const written = search.toString();
  return written === "" ? "/katalog" : `/katalog?${written}`;
}

/** The age in whole years; null when none is given or it is none. */
export function age(filter: Filter): number | null {
  const typed = filter.age.trim();
  return /^\d{1,3}$/.test(typed) && Number(typed) <= 120 ? Number(typed) : null;
}

/** What the API is asked. */
export function query(filter: Filter) {
  const years = age(filter);
  return {
    limit: 100,
    ...(filter.q.trim() === "" ? {} : { q: filter.q.trim() }),
    ...(filter.kind === "" ? {} : { kind: filter.kind }),
    ...(filter.district === "" ? {} : { district: filter.district }),
    ...(filter.need === "" ? {} : { need: filter.need }),
    ...(years === null ? {} : { age: years }),
    ...(filter.open ? { openNow: true } : {}),
  };
}
