import { ErrorBoundary, lazy, useLocation } from "preact-iso";
import { useEffect } from "preact/hooks";
import { away } from "../../api/session";
import { language } from "../../i18n";
import { drafts } from "../../offline/shelf";
import { Alert } from "../../ui/Alert";
import { useFocus, useTitle } from "../../ui/title";
import { Checks, Radios, Write } from "./Fields";
import { Send } from "./Send";
import { Who } from "./Who";
import { NEEDS, URGENCIES, basisOf } from "./form";
import { learn, workflows } from "./reference";
import { begin, earlier, foundFrom, form, guard, holds, reopen, returned, sent, set } from "./state";
import { load, loadLater, text, when } from "./words";
import "./refer.css";

export { load };

/** Below what one begins with. */
const Receiver = lazy(() => import("./Receiver").then((file) => file.Receiver));
/** What comes after sending, and what lies here from before: most visits begin without either. */
const LegalBasis = lazy(() => import("./LegalBasis").then((file) => file.LegalBasis));
const Files = lazy(() => import("./Files").then((file) => file.Files));
const Ladder = lazy(() => withWords(import("./Ladder").then((file) => file.Ladder)));
const Here = lazy(() => withWords(import("./Here").then((file) => file.Here)));
const ForCase = lazy(() => withWords(import("./ForCase").then((file) => file.ForCase)));

function withWords<T>(part: Promise<T>): Promise<T> {
  return Promise.all([part, loadLater()]).then(([found]) => found);
}

/** One page, one minute: what is not known is left out, and what is written stays on the device until the server has it. */
export default function Refer() {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  useTitle(t.title);
  const { sak, behov } = useLocation().query;
  useEffect(() => {
    void begin(sak, behov);
    return guard();
  }, [sak, behov]);
  useEffect(() => void learn(), [language.value, away.value]);
  useEffect(() => void reopen(), [drafts.value, sent.value]);
  return (
    <div class="page refer">
      <h1 id="refer-title" class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
        {t.title}
      </h1>
      <div class="refer-main">
        <ErrorBoundary>{sent.value === null ? <Page /> : <Ladder id={sent.value} />}</ErrorBoundary>
      </div>
      {holds.value ? (
        <ErrorBoundary>
          <Here />
        </ErrorBoundary>
      ) : null}
    </div>
  );
}

function Page() {
  const t = text();
  const { needs, urgency } = form.value;
  return (
    <form class="refer-form" noValidate onSubmit={(event) => event.preventDefault()}>
      {returned.value ? (
        <Alert color="danger" live>
          {t.returned}
        </Alert>
      ) : earlier.value !== null ? (
        <Alert color="warning">{t.earlier(earlier.value)}</Alert>
      ) : foundFrom.value !== null ? (
        <p class="note" role="status">
          {t.found(when(foundFrom.value))}
        </p>
      ) : null}
      {form.value.subject === null ? (
        <Who />
      ) : (
        <ErrorBoundary>
          <ForCase subject={form.value.subject} />
        </ErrorBoundary>
      )}
      <section class="part">
        <Checks
          field="needs"
          legend={t.needs}
          big
          value={needs}
          options={NEEDS.map((value) => ({ value, label: t.need[value] }))}
          choose={(needs) => set({ needs })}
        />
        <Radios
          field="urgency"
          legend={t.urgency}
          big
          value={urgency}
          options={URGENCIES.map((value) => ({ value, label: t.urgencies[value], hint: t.urgencyHelp[value] }))}
          choose={(urgency) => set({ urgency })}
        />
      </section>
      <ErrorBoundary>
        <Receiver />
      </ErrorBoundary>
      <section class="part">
        <Write field="summary" label={t.summary} help={t.summaryHelp} value={form.value.summary} write={(summary) => set({ summary })} rows={5} max={20_000} input={{ spellcheck: true, autocapitalize: "sentences" }} />
        {basisOf(form.value, workflows.value) === "anonymous-consultation" ? null : (
          <ErrorBoundary>
            <Files />
          </ErrorBoundary>
        )}
        <Informed />
      </section>
      {form.value.receiver === null ? null : (
        <ErrorBoundary>
          <LegalBasis />
        </ErrorBoundary>
      )}
      <Send />
    </form>
  );
}

/** Who of the family knows. */
function Informed() {
  const t = text();
  const { told, untold } = form.value;
  if (basisOf(form.value, workflows.value) === "anonymous-consultation") return null;
  return (
    <>
      <Radios
        field="informed"
        legend={t.informed}
        optional
        value={told}
        options={(["both", "youth", "guardians", "nobody"] as const).map((value) => ({ value, label: t.told[value] }))}
        choose={(told) => set({ told })}
      />
      {told === "" || told === "both" ? null : (
        <div class="stack-tight">
          <Write field="untold" label={t.untold} value={untold} write={(untold) => set({ untold })} optional max={4_000} />
          <div class="chips-row">
            {Object.values(t.untoldChoices).map((choice) => (
              <button key={choice} type="button" class="chip-button" onClick={() => set({ untold: choice })}>
                {choice}
              </button>
            ))}
          </div>
        </div>
      )}
    </>
  );
}
