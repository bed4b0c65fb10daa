import { handoffState, referralState, urgency } from "../i18n/codes";
import { capital, term } from "../i18n/terms";
import { language } from "../i18n";
import { moment, now } from "../i18n/time";

/** How soon somebody must act: a shape and a word. */
export function Urgency({ code }: { code: string }) {
  return (
    <span class="urgency" data-code={code}>
      {capital(term(urgency, code))}
    </span>
  );
}

/** Where it stands: the hand-off's own state while the referral is open, else the referral's. */
export function State({ referral, handoff, step }: { referral: string; handoff: string | undefined; step?: string | undefined }) {
  const open = referral === "active" || referral === "draft" || referral === "completed";
  const words = open && handoff !== undefined ? (step ?? term(handoffState, handoff)) : term(referralState, referral);
  return <span class="state">{capital(words)}</span>;
}

/** A time as people say it; the exact one for machines. */
export function When({ at }: { at: string }) {
  return <time dateTime={at}>{moment(Date.parse(at), language.value, now.value)}</time>;
}
