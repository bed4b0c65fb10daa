import { useEffect, useState } from "preact/hooks";
import pause from "@navikt/aksel-icons/svg/TimerPause.svg?raw";
import play from "@navikt/aksel-icons/svg/TimerStart.svg?raw";
import { Refused } from "../../api/client";
import { type Action, type Referral, type Row, read } from "../../referral/api";
import { ActionBar } from "../../referral/ActionBar";
import { CaseLink } from "../../referral/CaseLink";
import { Deadline } from "../../referral/Deadline";
import { State, Urgency } from "../../referral/Marks";
import { Rail } from "../../referral/Rail";
import { Summary } from "../../referral/Summary";
import { text as referralText } from "../../referral/words";
import { shell } from "../../shell/words";
import { Alert } from "../../ui/Alert";
import { Icon } from "../../ui/Icon";
import { Loading } from "../../ui/Loading";
import { singleKeys } from "./keys";
import { text } from "./words";

/** Passing by is not looking: only where somebody stays is the referral opened, for opening it is logged and shown. */
const STAY_MS = 180;

const cache = new Map<string, Promise<Referral>>();

/** The referral of a row, asked for once for each version of it. */
export function opened(row: Row): Promise<Referral> {
  const key = `${row.id} ${String(row.version)}`;
  const found = cache.get(key) ?? read(row.reference);
  cache.set(key, found);
  found.catch(() => cache.delete(key));
  if (cache.size > 200) cache.delete(cache.keys().next().value ?? "");
  return found;
}

/** Another language has other words in it. */
export function forgetOpened(): void {
  cache.clear();
}

export function Preview({ row, take, aside }: { row: Row | null; take: (referral: Referral, action: Action) => void; aside: () => void }) {
  const t = text().preview;
  const [shown, setShown] = useState<Referral | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  useEffect(() => {
    setFailed(null);
    if (row === null) return;
    let gone = false;
    const wait = cache.has(`${row.id} ${String(row.version)}`) ? 0 : STAY_MS;
    const timer = setTimeout(() => {
      opened(row).then(
        (found) => {
          if (!gone) setShown(found);
        },
        (error: unknown) => {
          if (!gone) setFailed(error instanceof Refused ? (error.problem?.detail ?? "") : shell().problem.network);
        },
      );
    }, wait);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [row?.id, row?.version]);
  return (
    <section class="preview" aria-label={t.label}>
      {row === null ? (
        <p class="subtle">{t.none}</p>
      ) : failed !== null ? (
        <Alert color="warning">{failed}</Alert>
      ) : shown?.id !== row.id ? (
        <>
          <Head reference={row.reference} title={row.workflow.title} />
          <Loading />
        </>
      ) : (
        <article>
          <Head reference={shown.reference} title={shown.workflow.title}>
            <p class="marks">
              <Urgency code={shown.urgency} />
              <State referral={shown.state} handoff={shown.handoff?.state} step={shown.handoff?.step.title} />
              <Deadline dueAt={shown.closedAt == null ? shown.nextDueAt : null} />
              <span class="subtle">{shown.handoff?.assignee?.name ?? referralText().unassigned}</span>
              <CaseLink referral={shown} />
              <button type="button" class="ds-button preview-aside" data-variant="tertiary" data-size="sm" onClick={aside}>
                <Icon svg={row.snoozedUntil == null ? pause : play} />
                {row.snoozedUntil == null ? text().aside.put : text().aside.take} {singleKeys.value ? <kbd>S</kbd> : null}
              </button>
            </p>
          </Head>
          <ActionBar referral={shown} keys={singleKeys.value} take={(action) => take(shown, action)} />
          <Rail referral={shown} log={null} />
          <Summary referral={shown} level={3} />
        </article>
      )}
    </section>
  );
}

function Head(props: { reference: string; title: string; children?: preact.ComponentChildren }) {
  return (
    <header class="preview-head">
      <h2 class="ds-heading" data-size="xs">
        {props.title} <span class="ref">{props.reference}</span>
      </h2>
      <a class="ds-link" href={`/formidling/${props.reference}`}>
        {text().preview.open}
      </a>
      {props.children}
    </header>
  );
}
