import { useEffect, useRef, useState } from "preact/hooks";
import type { Schemas } from "../../api/client";
import { needsSignIn, parcels, receipts, renamed, waiting } from "../../offline/shelf";
import { quietly } from "../../offline/quiet";
import { text as fileText } from "../../files/words";
import { SignIn } from "./SignIn";
import { fresh, sent } from "./state";
import { laterText, when } from "./words";

/** At first often, for somebody may be waiting beside it; then seldom, for batteries. */
const ASK_AFTER_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

type Referral = Schemas["ReferralOut"];

/** How far it has come, and never further than is known: sent is not received. */
export function Ladder({ id: posted, short }: { id: string; short?: boolean }) {
  const t = laterText().ladder;
  const id = renamed.get(posted) ?? posted;
  useEffect(() => {
    if (sent.value === posted) sent.value = id;
  }, [id]);
  const letter = waiting.value.find((entry) => entry.id === id);
  const receipt = receipts.value.find((entry) => entry.id === id);
  const [referral, heardAt] = useReferral(receipt?.data.inCase == null ? id : receipt.data.reference, receipt !== undefined && short !== true);
  const to = receipt?.data.to ?? letter?.data.to ?? "";
  const reference = referral?.reference ?? receipt?.data.reference ?? null;
  const said = referral?.handoff?.receipts;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (short !== true) heading.current?.focus();
  }, [id]);
  const state = receipt === undefined ? t.waiting : !receipt.data.sent ? t.draft : sentence(referral, to);
  const view = reference === null ? null : (
    <a class="ds-link" href={`/formidling/${reference}`}>
      {t.view} {reference}
    </a>
  );
  if (short === true)
    return (
      <p>
        {to} · {receipt === undefined ? "" : `${receipt.data.sent ? t.storedStep.toLowerCase() : t.draft.toLowerCase()} ${when(receipt.data.storedAt)}`}
        <br />
        {view}
      </p>
    );
  const steps: readonly (readonly [string, number | string | null])[] = [
    [t.phone, receipt?.data.queuedAt ?? letter?.createdAt ?? null],
    [t.storedStep, said?.stored ?? receipt?.data.storedAt ?? null],
    [t.mailed, said?.mailed ?? null],
    [t.opened, said?.seen ?? null],
    [t.received, said?.acknowledged ?? null],
    [taken(referral) ? t.accepted : (decision(referral) ?? t.accepted), said?.decided ?? null],
  ];
  return (
    <section class="part ladder" aria-labelledby="ladder-title">
      <h2 id="ladder-title" class="ds-heading" data-size="xs" ref={heading} tabIndex={-1}>
        {state}
      </h2>
      {receipt !== undefined ? null : needsSignIn.value ? <SignIn /> : <p>{t.waitingText}</p>}
      {said?.undeliverable === true ? <p class="note">{t.undeliverable}</p> : null}
      {receipt?.data.sent === false ? null : (
        <ol>
          {steps.map(([step, at]) => (
            <li key={step} data-done={at !== null}>
              <span>{step}</span> <span class="subtle">{at === null ? t.notYet : when(at)}</span>
            </li>
          ))}
        </ol>
      )}
      <Files referrals={[id, receipt?.data.reference ?? id]} />
      {view === null ? null : <p>{view}</p>}
      {receipt?.data.inCase == null ? null : (
        <p>
          <a class="ds-link" href={`/sak/${receipt.data.inCase}`}>
            {laterText().view(receipt.data.inCase)}
          </a>
        </p>
      )}
      {heardAt === null ? null : <p class="subtle">{t.unheard(when(heardAt))}</p>}
      <button type="button" class="ds-button" onClick={() => void fresh().then(() => document.getElementById("refer-title")?.focus())}>
        {laterText().another}
      </button>
    </section>
  );
}

/** The files of this referral that have not left the device. */
function Files({ referrals }: { referrals: readonly string[] }) {
  const left = parcels.value.filter(({ data }) => data.problem === null && referrals.includes(data.referral)).length;
  return left === 0 ? null : (
    <p class="note" role="status">
      {fileText().waiting(left)}
    </p>
  );
}

function sentence(referral: Referral | null, to: string): string {
  const t = laterText().ladder;
  const said = referral?.handoff?.receipts;
  if (isSo(said?.decided)) return t.decided(to, (decision(referral) ?? t.accepted).toLowerCase());
  if (isSo(said?.acknowledged)) return t.acknowledged(to);
  if (isSo(said?.seen)) return t.seen(to);
  return t.stored(to);
}

function taken(referral: Referral | null): boolean {
  return ["accepted", "in-progress", "on-hold"].includes(referral?.handoff?.state ?? "");
}

function decision(referral: Referral | null): string | null {
  return isSo(referral?.handoff?.receipts.decided) ? (referral?.handoff?.step.title ?? null) : null;
}

function isSo(at: string | null | undefined): boolean {
  return at !== null && at !== undefined;
}

/** Follows a referral while the page is looked at. */
function useReferral(id: string | null, stored: boolean): [Referral | null, number | null] {
  const [referral, setReferral] = useState<Referral | null>(null);
  const [heardAt, setHeardAt] = useState<number | null>(null);
  useEffect(() => {
    if (!stored || id === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asked = 0;
    const ask = async () => {
      if (document.visibilityState === "visible") {
        const heard = await quietly("GET", `/api/v1/referrals/${id}`);
        if (heard.status === 200) {
          setReferral(heard.body as Referral);
          setHeardAt(Date.now());
        }
      }
      timer = setTimeout(() => void ask(), ASK_AFTER_MS[Math.min(asked++, ASK_AFTER_MS.length - 1)]);
    };
    void ask();
    return () => clearTimeout(timer);
  }, [id, stored]);
  return [referral, heardAt];
}
