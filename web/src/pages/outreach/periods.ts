/** The periods that are offered: the months up to now, and thirds of a year. */
import { lastOfMonth } from "../../i18n/zone";
import { endOf } from "../insight/thirds";

export interface Period {
  /** As it stands in the address: `2026-11`, or `2026-t3`. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

const MONTHS = 14;
const THIRDS = 6;

export function month(name: string): Period {
  return { name, from: `${name}-01`, to: lastOfMonth(`${name}-01`) };
}

/** The months up to a day, the last first. */
export function months(today: string): readonly Period[] {
  const [year = 0, number = 1] = today.split("-").map(Number);
  return Array.from({ length: MONTHS }, (_, back) => {
    const at = year * 12 + number - 1 - back;
    return month(`${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, "0")}`);
  });
}

/** Thirds of a year up to a day, the one that runs first; without it when only those count that are over. */
export function thirdsUpTo(today: string, over: boolean): readonly Period[] {
  const [year = 0, number = 1] = today.split("-").map(Number);
  const running = year * 3 + Math.floor((number - 1) / 4);
  return Array.from({ length: THIRDS }, (_, back) => {
    const third = running - back - (over ? 1 : 0);
    const from = `${Math.floor(third / 3)}-${String((third % 3) * 4 + 1).padStart(2, "0")}-01`;
    return { name: `${Math.floor(third / 3)}-t${(third % 3) + 1}`, from, to: endOf(from) };
  });
}
