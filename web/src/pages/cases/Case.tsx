import { useLocation, useRoute } from "preact-iso";
import { useCallback, useEffect, useState } from "preact/hooks";
import back from "@navikt/aksel-icons/svg/ArrowLeft.svg?raw";
import { Refused } from "../../api/client";
import { language } from "../../i18n";
import { caseState } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { When } from "../../referral/Marks";
import { Alert } from "../../ui/Alert";
import { Failed } from "../../ui/Failed";
import { Icon } from "../../ui/Icon";
import { later } from "../../ui/later";
import { Loading } from "../../ui/Loading";
import { useFocus, useTitle } from "../../ui/title";
import { type Action, type Case, type Entry, read, timeline } from "./api";
import { Actions } from "./Actions";
import { Coordinator, Participants } from "./Coordinator";
import { Members } from "./Members";
import { Timeline } from "./Timeline";
import { Uncovered } from "./Uncovered";
import { Youth } from "./Youth";
import { text } from "./words";
import "./cases.css";

const EVERY_MS = 30_000;
/** Loaded when somebody takes an action. */
const CaseDialog = later(() => import("./CaseDialog"));

/** One youth: what nobody has taken, who has taken what, who coordinates, and what has happened. */
export default function CasePage() {
  const { params } = useRoute();
  const { route } = useLocation();
  const name = params.id ?? "";
  const [found, setFound] = useState<Case | null>(null);
  const [log, setLog] = useState<readonly Entry[]>([]);
  const [failed, setFailed] = useState<unknown>(null);
  const [merged, setMerged] = useState<string | null>(null);
  const spoken = language.value;

  const load = useCallback(async () => {
    try {
      const [now, all] = await Promise.all([read(name), timeline(name)]);
      setFound(now);
      setLog(all);
      setFailed(null);
      if (now.reference !== name && now.id !== name) {
        // It was merged: its old address leads on.
        setMerged(name);
        route(`/sak/${now.reference}`, true);
      }
    } catch (error) {
      setFailed(error);
    }
  }, [name, spoken]);

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

  useTitle(text().page.title(name));
  if (failed instanceof Refused && failed.status < 500) return <Gone />;
  if (found === null)
    return failed === null ? (
      <Loading />
    ) : (
      <section class="page narrow">
        <Failed error={failed} again={() => void load()} />
      </section>
    );
  return <Shown found={found} log={log} merged={merged} load={load} set={setFound} />;
}

function Shown(props: { found: Case; log: readonly Entry[]; merged: string | null; load: () => Promise<void>; set: (found: Case) => void }) {
  const { found, log, load } = props;
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  const [asking, setAsking] = useState<{ action: Action; given?: Record<string, unknown> } | null>(null);
  const [said, setSaid] = useState("");
  return (
    <article class="page wide case">
      <header class="case-head">
        <p>
          <a class="ds-link with-icon" href="/saker">
            <Icon svg={back} />
            {t.title}
          </a>
        </p>
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {t.page.title(found.reference)}
        </h1>
        <p class="marks">
          <span>{capital(term(caseState, found.state))}</span>
          <span class="subtle">
            {t.list.opened} <When at={found.openedAt} />
          </span>
          {found.closedAt == null ? null : (
            <span class="subtle">
              {t.page.closed} <When at={found.closedAt} />
            </span>
          )}
        </p>
        {props.merged === null ? null : <Alert color="info">{t.page.merged(props.merged, found.reference)}</Alert>}
        <Actions found={found} take={(action) => setAsking({ action })} />
        <p role="status" class="case-said">
          {said}
        </p>
      </header>
      <div class="case-main">
        <Uncovered found={found} />
        <Members found={found} />
        <Timeline log={log} />
      </div>
      <div class="case-side">
        <Coordinator found={found} />
        <Participants found={found} />
        <Youth found={found} attach={(action, given) => setAsking({ action, given })} />
      </div>
      {asking === null ? null : (
        <CaseDialog
          found={found}
          log={log}
          action={asking.action}
          given={asking.given ?? {}}
          renew={async () => {
            const now = await read(found.reference);
            props.set(now);
            return now;
          }}
          onClose={() => setAsking(null)}
          onDone={(now) => {
            setSaid(t.page.done(asking.action.title));
            setAsking(null);
            props.set(now);
            void load();
          }}
        />
      )}
    </article>
  );
}

function Gone() {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  return (
    <section class="page narrow">
      <h1 class="ds-heading" data-size="sm" ref={heading} tabIndex={-1}>
        {t.gone.title}
      </h1>
      <p>{t.gone.text}</p>
      <p>
        <a class="ds-link" href="/saker">
          {t.gone.back}
        </a>
      </p>
    </section>
  );
}
