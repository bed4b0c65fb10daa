import { useEffect, useState } from "preact/hooks";
import pause from "@navikt/aksel-icons/svg/TimerPause.svg?raw";
import play from "@navikt/aksel-icons/svg/TimerStart.svg?raw";
import type { Action, Referral, Row } from "../../referral/api";
import { ActionBar } from "../../referral/ActionBar";
import { CaseLink } from "../../referral/CaseLink";
import { Deadline } from "../../referral/Deadline";
import { State, Urgency } from "../../referral/Marks";
import { Rail } from "../../referral/Rail";
import { Summary } from "../../referral/Summary";
import { text as referralText } from "../../referral/words";
import { Alert } from "../../ui/Alert";
import { why } from "../../ui/Failed";
import { Icon } from "../../ui/Icon";
import { Loading } from "../../ui/Loading";
import { singleKeys } from "../../singleKeys";
import { demandsReason, isOpened, opened, openedByHand } from "./opened";
import { text } from "./words";

/** Passing by is not looking: only where somebody stays is the referral opened, for opening it is logged and shown. */
const STAY_MS = 180;

export default function Preview({ row, take, aside }: { row: Row | null; take: (referral: Referral, action: Action) => void; aside: () => void }) {
  const t = text().preview;
  const [shown, setShown] = useState<Referral | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  useEffect(() => {
    setFailed(null);
    if (row === null) return;
    let gone = false;
    const wait = isOpened(row) ? 0 : STAY_MS;
    const timer = setTimeout(() => {
      opened(row).then(
        (found) => {
          if (!gone) setShown(found);
        },
        (error: unknown) => {
          if (!gone) setFailed(error);
        },
      );
    }, wait);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [row?.id, row?.version]);
  /** Nobody is asked why they look by merely passing by. */
  const say = async (asked: Row) => {
    try {
      setShown(await openedByHand(asked));
      setFailed(null);
    } catch (error) {
      setFailed(error);
    }
  };
  return (
    <section class="preview" aria-label={t.label}>
      {row === null ? (
        <p class="subtle">{t.none}</p>
      ) : failed !== null ? (
        <article>
          <Head reference={row.reference} title={row.workflow.title} />
          {demandsReason(failed) ? (
            <Alert color="warning">
              <p>{t.demanded}</p>
              <p>
                <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => void say(row)}>
                  {t.say}
                </button>
              </p>
            </Alert>
          ) : (
            <Alert color="warning">{why(failed)}</Alert>
          )}
        </article>
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
