/** The same for several: assign or forward. Never accept, for whoever accepts has read. */
import { useRef, useState } from "preact/hooks";
import tick from "@navikt/aksel-icons/svg/CheckmarkCircle.svg?raw";
import cross from "@navikt/aksel-icons/svg/XMark.svg?raw";
import { type Action, type Input, type Referral, type Verdict, actOnAll } from "../../referral/api";
import { ActionDialog } from "../../referral/asking";
import { shell } from "../../shell/words";
import { Icon } from "../../ui/Icon";
import { refresh } from "./list";
import { opened } from "./opened";
import type { Bulk } from "./bulk";
import { text } from "./words";

/** The server judges at most so many in one request. */
const MOST = 100;

function unique(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What can be done with the chosen ones, and what became of each. */
export default function BulkBar({ bulk }: { bulk: Bulk }) {
  const t = text().bulk;
  const [asking, setAsking] = useState<{ referral: Referral; action: Action } | null>(null);
  const [verdicts, setVerdicts] = useState<{ readonly what: string; readonly told: readonly Verdict[] } | "none" | null>(null);
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

  /** A request whose answer was lost is repeated under its key, so that nothing is done twice; another one has another. */
  const key = useRef({ of: "", is: "" });
  const apply = async (action: Action, input: Input) => {
    const rows = [...bulk.chosen.values()];
    // On the version that was chosen: what a colleague did meanwhile is theirs, and is told.
    const of = JSON.stringify([action.action, input, rows.map(({ id, version }) => [id, version])]);
    if (key.current.of !== of) key.current = { of, is: unique() };
    const told: Verdict[] = [];
    for (let from = 0; from < rows.length; from += MOST) {
      told.push(...(await actOnAll(rows.slice(from, from + MOST), action.action, input, `${key.current.is}-${String(from)}`)));
    }
    setVerdicts({ what: action.title, told });
    bulk.clear();
    await refresh(bulk.filter);
  };

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
            {verdicts === "none" ? <p>{t.none}</p> : <Verdicts {...verdicts} />}
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

/** What became of each, those that failed first. */
function Verdicts({ what, told }: { what: string; told: readonly Verdict[] }) {
  const t = text().bulk;
  const isDone = ({ referral }: Verdict) => referral != null;
  const done = told.filter(isDone).length;
  const inOrder = told.toSorted((one, other) => Number(isDone(one)) - Number(isDone(other)));
  return (
    <div class="verdicts">
      <p>
        <strong>{what}:</strong> {t.result(String(done), String(told.length))}
      </p>
      <ul class="plain">
        {inOrder.map((verdict) => (
          <li key={verdict.id}>
            {isDone(verdict) ? <Icon svg={tick} /> : null} <a class="ds-link" href={`/formidling/${verdict.id}`}>{verdict.id}</a>: {isDone(verdict) ? t.done : detail(verdict)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function detail({ problem }: Verdict): string {
  const said = (problem as { detail?: unknown } | undefined)?.detail;
  return typeof said === "string" ? said : shell().failed;
}
