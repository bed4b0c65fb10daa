import { useRef, useState } from "preact/hooks";
import { away } from "../../api/session";
import { needsSignIn } from "../../offline/shelf";
import { canSeal } from "../../offline/seal";
import { Alert } from "../../ui/Alert";
import { SignIn } from "./SignIn";
import { basisOf, called, isEmpty } from "./form";
import { workflows } from "./reference";
import { discard, faults, form, keptAt, notKept, submit } from "./state";
import { text, when } from "./words";

/** The last look, what must be mended, and sending. */
export function Send() {
  const t = text();
  const [busy, setBusy] = useState(false);
  const summary = useRef<HTMLDivElement>(null);
  const go = async (send: boolean) => {
    if (busy) return;
    setBusy(true);
    const done = await submit(send);
    setBusy(false);
    if (!done) requestAnimationFrame(() => summary.current?.focus());
  };
  const { receiver, urgency } = form.value;
  return (
    <section class="part send" aria-labelledby="check-title">
      <h2 id="check-title" class="ds-heading" data-size="2xs">
        {t.check}
      </h2>
      <Check />
      {faults.value.length === 0 ? null : (
        <div class="ds-alert" data-color="danger" role="alert" tabIndex={-1} ref={summary}>
          <div class="stack-tight">
            <p>{t.faults(faults.value.length)}</p>
            <ul>
              {faults.value.map((fault) => (
                <li key={fault.field + fault.text}>
                  {fault.field === "send" ? (
                    fault.text
                  ) : (
                    <a class="ds-link" href={`#refer-${fault.field}`} onClick={(event) => show(event, fault.field)}>
                      {fault.text}
                    </a>
                  )}
                </li>
              ))}
            </ul>
          </div>
        </div>
      )}
      {notKept.value ? (
        <Alert color="danger" live>
          {t.unkeptNow}
        </Alert>
      ) : null}
      {canSeal ? null : <Alert color="warning">{t.unkept}</Alert>}
      {needsSignIn.value ? <SignIn /> : null}
      <button type="button" class="ds-button send-button" aria-busy={busy} onClick={() => void go(true)}>
        {busy ? t.sending : away.value ? t.sendOffline : t.send}
      </button>
      <p class="subtle" role="status">
        {keptAt.value === null ? "" : t.kept(when(keptAt.value))}
      </p>
      {isEmpty(form.value) ? null : (
        <div class="send-other">
          {receiver !== null && urgency !== "" ? (
            <button type="button" class="ds-button" data-variant="secondary" title={t.storeHelp} onClick={() => void go(false)}>
              {t.store}
            </button>
          ) : null}
          <Discard />
        </div>
      )}
    </section>
  );
}

/** Goes to a field, opening what hides it. */
function show(event: Event, field: string): void {
  event.preventDefault();
  const found = document.getElementById(`refer-${field}`);
  found?.closest("details")?.setAttribute("open", "");
  found?.focus();
  found?.scrollIntoView({ block: "center" });
}

function Check() {
  const t = text();
  const { receiver, urgency, needs, summary, files } = form.value;
  const what = workflows.value.find((one) => one.id === receiver?.workflow)?.title ?? t.title;
  const basis = basisOf(form.value, workflows.value);
  const lines = [
    receiver === null ? t.checkNothing : t.checkTo(what, receiver.name),
    basis === "anonymous-consultation" ? t.checkAnonymous : called(form.value, t),
    [urgency === "" ? "" : t.urgencies[urgency], ...needs.map((need) => t.need[need])].filter(Boolean).join(" · "),
    receiver === null || basis === null ? "" : t.bases[basis],
    summary.trim(),
    basis === "anonymous-consultation" || files.length === 0 ? "" : t.checkFiles(files.length),
  ].filter(Boolean);
  return (
    <ul class="check">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

/** Twice, for a thumb slips. */
function Discard() {
  const t = text();
  const [sure, setSure] = useState(false);
  const press = () => {
    if (sure) void discard();
    setSure(!sure);
  };
  return (
    <button type="button" class="ds-button" data-variant="tertiary" data-color="danger" onClick={press} onBlur={() => setSure(false)}>
      {sure ? t.discardSure : t.discard}
    </button>
  );
}
