/** The periods that are offered: the months up to now, and thirds of a year. */
import { lastOfMonth } from "../../i18n/zone";
import { endOf, thirds } from "../insight/thirds";

export interface Period {
  /** As it stands in the address: `2026-11`, or `2026-t3`. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

const MONTHS = 14;

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
  return thirds(today, !over).map((from) => ({ name: `${from.slice(0, 4)}-t${thirdOf(from) + 1}`, from, to: endOf(from) }));
}

/** Which third of its year begins on a day, from 0. */
export function thirdOf(from: string): number {
  return (Number(from.slice(5, 7)) - 1) / 4;
}
