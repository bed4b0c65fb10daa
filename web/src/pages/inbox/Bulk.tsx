/** The same for several: assign or forward. Never accept, for whoever accepts has read. */
import { useEffect, useState } from "preact/hooks";
import cross from "@navikt/aksel-icons/svg/XMark.svg?raw";
import { type Action, type Input, type Referral, type Row, act } from "../../referral/api";
import { ActionDialog } from "../../referral/ActionBar";
import { whyNot } from "../../referral/doing";
import { shell } from "../../shell/words";
import { Icon } from "../../ui/Icon";
import { refresh } from "./list";
import { opened } from "./Preview";
import { type Filter, address } from "./views";
import { text } from "./words";

interface Verdict {
  readonly reference: string;
  readonly why: string | null;
}

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

/** What can be done with the chosen ones, and what became of each. */
export function BulkBar({ bulk }: { bulk: Bulk }) {
  const t = text().bulk;
  const [asking, setAsking] = useState<{ referral: Referral; action: Action } | null>(null);
  const [verdicts, setVerdicts] = useState<readonly Verdict[] | "none" | null>(null);
  const count = String(bulk.chosen.size);

  const ask = async (name: "assign" | "forward") => {
    setVerdicts(null);
    // The first that offers it tells what it asks for; the others are judged by the server, one by one.
    for (const row of bulk.chosen.values()) {
      const referral = await opened(row).catch(() => null);
      const action = referral?.actions.find((one) => one.action === name);
      if (referral !== null && action !== undefined) {
        setAsking({ referral, action });
        return;
      }
    }
    setVerdicts("none");
  };

  const apply = async (action: Action, input: Input) => {
    const told: Verdict[] = [];
    // On the version that was chosen: what a colleague did meanwhile is theirs, and is told.
    for (const row of bulk.chosen.values()) {
      try {
        await act(row.reference, row.version, action.action, input);
        told.push({ reference: row.reference, why: null });
      } catch (error) {
        told.push({ reference: row.reference, why: whyNot(error) || shell().problem.network });
      }
    }
    setVerdicts(told);
    bulk.clear();
    await refresh(bulk.filter);
  };

  const failed = verdicts === null || verdicts === "none" ? [] : verdicts.filter((one) => one.why !== null);
  return (
    <>
      <div class="bulk" role="status" hidden={bulk.chosen.size === 0 && verdicts === null}>
        {bulk.chosen.size === 0 ? null : (
          <div class="bulk-line">
            <strong>{t.chosen(count)}</strong>
            <button type="button" class="ds-button" data-size="sm" onClick={() => void ask("assign")}>
              {t.assign}
            </button>
            <button type="button" class="ds-button" data-size="sm" data-variant="secondary" onClick={() => void ask("forward")}>
              {t.forward}
            </button>
            <button type="button" class="ds-button" data-size="sm" data-variant="tertiary" onClick={bulk.clear}>
              {t.clear}
            </button>
          </div>
        )}
        {verdicts === null ? null : (
          <div class="bulk-line">
            <div>
              <p>{verdicts === "none" ? t.none : t.result(String(verdicts.length - failed.length), String(verdicts.length))}</p>
              <ul class="plain">
                {failed.map((one) => (
                  <li key={one.reference}>
                    <a href={`/formidling/${one.reference}`}>{one.reference}</a>: {one.why}
                  </li>
                ))}
              </ul>
            </div>
            <button type="button" class="done-close" aria-label={shell().close} onClick={() => setVerdicts(null)}>
              <Icon svg={cross} />
            </button>
          </div>
        )}
      </div>
      {asking === null ? null : (
        <ActionDialog
          referral={asking.referral}
          action={asking.action}
          bulk={{ about: t.chosen(count), apply: (input) => apply(asking.action, input) }}
          onDone={() => setAsking(null)}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}
