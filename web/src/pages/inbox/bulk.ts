/** Which rows are chosen, to do the same with all of them. */
import { useEffect, useState } from "preact/hooks";
import type { Row } from "../../referral/api";
import { type Filter, address } from "./views";

export interface Bulk {
  readonly possible: boolean;
  readonly chosen: ReadonlyMap<string, Row>;
  readonly choose: (row: Row, on: boolean) => void;
  readonly toggle: (row: Row | null) => void;
  readonly clear: () => void;
  readonly filter: Filter;
}

export function useBulk(filter: Filter): Bulk {
  const [chosen, setChosen] = useState<ReadonlyMap<string, Row>>(new Map());
  const key = address(filter);
  useEffect(() => setChosen(new Map()), [key]);
  const possible = filter.view === "answer" || filter.view === "mine";
  const choose = (row: Row, on: boolean) =>
    setChosen((before) => {
      const next = new Map(before);
      if (on) next.set(row.id, row);
      else next.delete(row.id);
      return next;
    });
  return {
    possible,
    chosen,
    choose,
    toggle: (row) => {
      if (row !== null && possible) choose(row, !chosen.has(row.id));
    },
    clear: () => setChosen(new Map()),
    filter,
  };
}
