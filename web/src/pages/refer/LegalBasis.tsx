import { Choose, Radios, Write, wrong } from "./Fields";
import { type Basis, type Receiver, basisOf, reasonOf, scopeOf } from "./form";
import { rulesOf, senderKind, workflows } from "./reference";
import { form, set } from "./state";
import { text } from "./words";

/** How it is sent, in words. */
function SentAs({ receiver }: { receiver: Receiver }) {
  const fitting = workflows.value.filter((one) => one.receivers.includes(receiver.kind) && one.senders.includes(senderKind(form.value.sender)));
  if (fitting.length === 0) return null;
  return (
    <div class="stack-tight">
      <Choose
        field="workflow"
        label={text().as}
        value={receiver.workflow}
        choose={(workflow) => set({ receiver: { ...receiver, workflow, bases: [], withheld: {} }, basis: null })}
        groups={[{ options: fitting.map(({ id, title }) => [id, title] as const) }]}
      />
      {fitting
        .filter(({ id }) => id === receiver.workflow)
        .map(({ id, summary }) => (
          <p key={id} class="help">
            {summary}
          </p>
        ))}
    </div>
  );
}

/** Why this may be told: chosen beforehand, explained in plain words, and changed by whoever knows better. */
export function LegalBasis() {
  const t = text();
  const { receiver, consentBy } = form.value;
  if (receiver === null) return null;
  const basis = basisOf(form.value, workflows.value);
  const admitted = workflows.value.find((one) => one.id === receiver.workflow)?.bases ?? [];
  const { message } = wrong("basis");
  const withheld = (basis === null ? null : receiver.withheld?.[basis]) ?? [];
  const about = rulesOf(admitted.find(({ code }) => code === basis)?.legalRef ?? "");
  return (
    <section class="part" aria-labelledby="refer-basis">
      <SentAs receiver={receiver} />
      <h2 id="refer-basis" class="ds-heading" data-size="2xs" tabIndex={-1}>
        {t.basis}
      </h2>
      {basis === null ? null : (
        <>
          <div class="basis">
            <p>
              <strong>{t.bases[basis]}</strong>
            </p>
            {about.slice(0, 1).map((rule) => (
              <p key={rule.id}>
                {rule.text} <span class="subtle">({rule.legalRef})</span>
              </p>
            ))}
            {withheld.length === 0 ? null : <p class="note">{t.withheld(withheld.join(", "))}</p>}
            {basis === "anonymous-consultation" ? <p class="note">{t.anonymous}</p> : null}
          </div>
          {message}
          {basis === "consent" ? (
            <>
              <Radios
                field="consent"
                legend={t.consentBy}
                value={consentBy}
                options={[
                  { value: "youth", label: t.consentYouth },
                  { value: "guardians", label: t.consentGuardians },
                ]}
                choose={(consentBy) => set({ consentBy })}
              />
              <Write field="scope" label={t.consentScope} value={scopeOf(form.value, t)} write={(consentScope) => set({ consentScope })} rows={2} />
            </>
          ) : null}
          <Write field="reason" label={t.reason} help={form.value.reason === null ? t.reasonHelp : undefined} value={reasonOf(form.value, t)} write={(reason) => set({ reason })} rows={2} />
          {admitted.length > 1 ? (
            <Choose
              field="basis-other"
              label={t.basisOther}
              value={basis}
              choose={(value) => set({ basis: value as Basis })}
              groups={[{ options: admitted.map(({ code }) => [code, code === receiver.bases[0] ? `${t.bases[code]} (${t.basisBest})` : t.bases[code]] as const) }]}
            />
          ) : null}
        </>
      )}
    </section>
  );
}
