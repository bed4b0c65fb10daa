import { useRoute } from "preact-iso";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import back from "@navikt/aksel-icons/svg/ArrowLeft.svg?raw";
import printer from "@navikt/aksel-icons/svg/PrinterSmall.svg?raw";
import { Refused } from "../../api/client";
import { language } from "../../i18n";
import { atOnce } from "../../referral/actions";
import { ActionBar, ActionDialog } from "../../referral/ActionBar";
import { type Action, type Entry, type Referral, isStale, read, timeline } from "../../referral/api";
import { CaseLink } from "../../referral/CaseLink";
import { Correct, mayCorrect } from "../../referral/Correct";
import { Deadline } from "../../referral/Deadline";
import { last, perform, undo } from "../../referral/doing";
import { DoneBar } from "../../referral/DoneBar";
import { State, Urgency } from "../../referral/Marks";
import { Rail } from "../../referral/Rail";
import { Summary } from "../../referral/Summary";
import { text } from "../../referral/words";
import { shell } from "../../shell/words";
import { Alert } from "../../ui/Alert";
import { Icon } from "../../ui/Icon";
import { Loading } from "../../ui/Loading";
import { useFocus, useTitle } from "../../ui/title";
import { Clocks } from "./Clocks";
import { Handoffs } from "./Handoffs";
import { Ladder } from "./Ladder";
import { Messages } from "./Messages";
import { Timeline } from "./Timeline";
import "./referral-page.css";

const EVERY_MS = 30_000;

/** One referral: who has the baton, what it is about, what can be done, and all that has happened. */
export default function ReferralPage() {
  const { params } = useRoute();
  const reference = params.reference ?? "";
  const [referral, setReferral] = useState<Referral | null>(null);
  const [log, setLog] = useState<readonly Entry[]>([]);
  const [failed, setFailed] = useState<"gone" | "away" | null>(null);
  const spoken = language.value;

  const load = useCallback(async () => {
    try {
      const [now, all] = await Promise.all([read(reference), timeline(reference)]);
      setReferral(now);
      setLog(all);
      setFailed(null);
    } catch (error) {
      if (error instanceof Refused && error.status < 500) setFailed("gone");
      else setFailed((before) => before ?? "away");
    }
  }, [reference, spoken]);

  useEffect(() => {
    void load();
    const look = () => {
      if (document.visibilityState === "visible") void load();
    };
    const timer = setInterval(look, EVERY_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [load]);

  useTitle(text().title(reference));
  if (failed === "gone") return <Gone />;
  if (referral === null) return failed === "away" ? <Away retry={() => void load()} /> : <Loading />;
  return <Shown referral={referral} log={log} load={load} />;
}

function Shown({ referral, log, load }: { referral: Referral; log: readonly Entry[]; load: () => Promise<void> }) {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  const [asking, setAsking] = useState<{ referral: Referral; action: Action } | null>(null);
  const busy = useRef(false);

  const take = async (action: Action) => {
    const input = atOnce(action);
    if (input === null) {
      setAsking({ referral, action });
      return;
    }
    if (busy.current) return;
    busy.current = true;
    try {
      await perform(referral, action.action, action.title, input);
    } catch (error) {
      // The dialog tells what the other did, and whether it can still be done.
      if (isStale(error)) setAsking({ referral, action });
    }
    busy.current = false;
    await load();
  };

  const takeBack = async () => {
    if ((await undo()) !== null) await load();
  };

  const shown = last.value?.reference === referral.reference;
  return (
    <article class="referral">
      <header class="referral-head">
        <p class="referral-back">
          <a class="ds-link" href="/innboks">
            <Icon svg={back} />
            {t.back}
          </a>
          <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => print()}>
            <Icon svg={printer} />
            {t.actions.print}
          </button>
        </p>
        <h1 class="ds-heading" data-size="sm" ref={heading} tabIndex={-1}>
          {referral.workflow.title} <span class="ref">{referral.reference}</span>
        </h1>
        <p class="marks">
          <Urgency code={referral.urgency} />
          <State referral={referral.state} handoff={referral.handoff?.state} step={referral.handoff?.step.title} />
          <Deadline dueAt={referral.closedAt == null ? referral.nextDueAt : null} />
          <span class="subtle">{referral.handoff?.assignee?.name ?? t.unassigned}</span>
          <CaseLink referral={referral} />
        </p>
        <ActionBar referral={referral} keys={false} take={(action) => void take(action)} />
      </header>
      <section class="panel referral-rail" aria-labelledby="baton-title">
        <h2 id="baton-title">{t.baton.title}</h2>
        <Rail referral={referral} log={log} />
      </section>
      <div class="referral-main">
        <section class="panel">
          <Summary referral={referral} level={2} />
          {mayCorrect(referral) ? <Correct referral={referral} onDone={() => void load()} /> : null}
        </section>
        <Messages referral={referral} onSent={() => void load()} />
        <Timeline log={log} />
      </div>
      <div class="referral-side">
        <Clocks referral={referral} />
        <Ladder referral={referral} />
        <Handoffs referral={referral} />
      </div>
      {shown ? <DoneBar onUndo={() => void takeBack()} /> : null}
      {asking === null ? null : (
        <ActionDialog
          referral={asking.referral}
          action={asking.action}
          onClose={() => {
            setAsking(null);
            void load();
          }}
          onDone={() => {
            setAsking(null);
            void load();
          }}
        />
      )}
    </article>
  );
}

function Gone() {
  const t = text().gone;
  const heading = useFocus<HTMLHeadingElement>();
  return (
    <section class="page narrow">
      <h1 class="ds-heading" data-size="sm" ref={heading} tabIndex={-1}>
        {t.title}
      </h1>
      <p>{t.text}</p>
      <p>
        <a class="ds-link" href="/innboks">
          {t.back}
        </a>
      </p>
    </section>
  );
}

function Away({ retry }: { retry: () => void }) {
  return (
    <section class="page narrow">
      <Alert color="warning">{shell().problem.network}</Alert>
      <button type="button" class="ds-button" data-variant="secondary" onClick={retry}>
        {shell().retry}
      </button>
    </section>
  );
}
