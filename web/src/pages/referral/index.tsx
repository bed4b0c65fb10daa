import { useLocation, useRoute } from "preact-iso";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import back from "@navikt/aksel-icons/svg/ArrowLeft.svg?raw";
import printer from "@navikt/aksel-icons/svg/PrinterSmall.svg?raw";
import { Refused } from "../../api/client";
import { live, onChange } from "../../api/events";
import { agencies, me } from "../../api/session";
import { language } from "../../i18n";
import { atOnce } from "../../referral/actions";
import { ActionBar } from "../../referral/ActionBar";
import { type Action, type Entry, type Referral, isStale, peek, read, takesPart, timeline } from "../../referral/api";
import { ActionDialog } from "../../referral/asking";
import { CaseLink } from "../../referral/CaseLink";
import { Correct, mayCorrect } from "../../referral/Correct";
import { Deadline } from "../../referral/Deadline";
import { last, perform, undo } from "../../referral/doing";
import { DoneBar } from "../../referral/DoneBar";
import { State, Urgency } from "../../referral/Marks";
import { Rail } from "../../referral/Rail";
import { Summary } from "../../referral/Summary";
import { text } from "../../referral/words";
import { holds } from "../../shell/roles";
import { shell } from "../../shell/words";
import { Alert } from "../../ui/Alert";
import { Icon } from "../../ui/Icon";
import { later } from "../../ui/later";
import { Loading } from "../../ui/Loading";
import { useFocus, useTitle } from "../../ui/title";
import { Clocks } from "./Clocks";
import { Files } from "./Files";
import { Handoffs } from "./Handoffs";
import { Ladder } from "./Ladder";
import { Looks } from "./Looks";
import { Messages } from "./Messages";
import { Timeline } from "./Timeline";
import { pageText } from "./words";
import "./referral-page.css";

/** What few pages show. */
const Glass = later(() => import("./Glass"));
const Keeping = later(() => import("./Keeping"));
const InAnEmergency = later(() => import("./InAnEmergency"));

const EVERY_MS = 30_000;
/** What no change tells of, such as that the mail was opened, comes by opening it anew, and seldom. */
const ANEW_MS = 5 * 60_000;
const TOGETHER_MS = 150;

/** One referral: who has the baton, what it is about, what can be done, and all that has happened. */
export default function ReferralPage() {
  const { params } = useRoute();
  const reference = params.reference ?? "";
  const [referral, setReferral] = useState<Referral | null>(null);
  const [log, setLog] = useState<readonly Entry[]>([]);
  const [failed, setFailed] = useState<"gone" | "away" | "reason" | null>(null);
  const spoken = language.value;

  const newest = useRef<{ referral: Referral | null; at: number }>({ referral: null, at: 0 });
  const outside = referral !== null && !takesPart(referral, agencies.value);
  const load = useCallback(async () => {
    try {
      const [now, all] = await Promise.all([read(reference), timeline(reference)]);
      newest.current = { referral: now, at: Date.now() };
      setReferral(now);
      setLog(all);
      setFailed(null);
    } catch (error) {
      if (error instanceof Refused && error.problem?.code === "look-reason-required") setFailed("reason");
      else if (error instanceof Refused && error.status < 500) setFailed("gone");
      else setFailed((before) => before ?? "away");
    }
  }, [reference, spoken]);

  useEffect(() => {
    void load();
  }, [load]);
  useEffect(() => {
    // Through a broken glass one sees it as it stood, until it shuts; each time it is opened stands in the log.
    if (outside) return;
    const look = async () => {
      const { referral: before, at } = newest.current;
      if (document.visibilityState === "visible" && !(live() && before !== null && Date.now() - at < ANEW_MS)) await compare();
    };
    // Whoever leaves the page open has not looked again: only where something has happened is it opened anew.
    const compare = async () => {
      const { referral: before, at } = newest.current;
      const row = before === null || Date.now() - at > ANEW_MS ? null : await peek(reference).catch(() => null);
      if (row === null || row.version !== before?.version || row.updatedAt !== before.updatedAt) await load();
    };
    const timer = setInterval(() => void look(), EVERY_MS);
    const shown = () => void look();
    document.addEventListener("visibilitychange", shown);
    let soon: ReturnType<typeof setTimeout> | undefined;
    const unfollow = onChange((changed) => {
      if (changed !== null && changed !== newest.current.referral?.id) return;
      // What was done at once is told line by line.
      clearTimeout(soon);
      soon = setTimeout(() => {
        if (document.visibilityState !== "visible") newest.current = { ...newest.current, at: 0 };
        else void (changed === null ? compare() : load());
      }, TOGETHER_MS);
    });
    return () => {
      clearInterval(timer);
      clearTimeout(soon);
      document.removeEventListener("visibilitychange", shown);
      unfollow();
    };
  }, [load, outside]);

  useTitle(text().title(reference));
  if (failed === "reason") return <Unsaid retry={() => void load()} />;
  if (failed === "gone") return <Gone reference={reference} />;
  if (referral === null) return failed === "away" ? <Away retry={() => void load()} /> : <Loading />;
  return <Shown referral={referral} log={log} load={load} outside={outside} />;
}

function Shown({ referral, log, load, outside }: { referral: Referral; log: readonly Entry[]; load: () => Promise<void>; outside: boolean }) {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  const { query } = useLocation();
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
        {/* Whoever was led to an event begins there. */}
        <h1 class="ds-heading" data-size="sm" ref={query.hendelse === undefined ? heading : null} tabIndex={-1}>
          {referral.workflow.title} <span class="ref">{referral.reference}</span>
        </h1>
        <p class="marks">
          <Urgency code={referral.urgency} />
          <State referral={referral.state} handoff={referral.handoff?.state} step={referral.handoff?.step.title} />
          <Deadline dueAt={referral.closedAt == null ? referral.nextDueAt : null} />
          <span class="subtle">{referral.handoff?.assignee?.name ?? t.unassigned}</span>
          <CaseLink referral={referral} />
        </p>
        {outside ? <Glass id={referral.id} over={() => void load()} /> : null}
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
        <Messages referral={referral} writes={!outside} onSent={() => void load()} />
        {outside ? null : <Files referral={referral} onChange={() => void load()} />}
        <Timeline log={log} event={query.hendelse} />
      </div>
      <div class="referral-side">
        <Clocks referral={referral} />
        <Ladder referral={referral} />
        <Handoffs referral={referral} />
        {outside ? null : <Looks key={referral.reference} reference={referral.reference} />}
        {!outside && me.value !== null && holds(me.value, "lead") ? <Keeping key={referral.reference} referral={referral} changed={() => void load()} /> : null}
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

function Gone({ reference }: { reference: string }) {
  const t = pageText().gone;
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
      {me.value !== null && holds(me.value, "worker", "lead") ? <InAnEmergency reference={reference} /> : null}
    </section>
  );
}

/** Nobody said why, so nothing is shown. */
function Unsaid({ retry }: { retry: () => void }) {
  const t = pageText().unsaid;
  return (
    <section class="page narrow">
      <p>{t.text}</p>
      <p>
        <button type="button" class="ds-button" onClick={retry}>
          {t.say}
        </button>
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
