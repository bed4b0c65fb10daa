import { conclusionCode, declineCode, outcome, registerCode } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import type { Referral } from "../../referral/api";
import { When } from "../../referral/Marks";
import { pageText } from "./words";

const LISTS = [declineCode, outcome, registerCode, conclusionCode];

/** The words of an end's code; which list it is from follows from the code. */
function ending(code: string): string {
  const list = LISTS.find((one) => code in one.nb);
  return list === undefined ? code : capital(term(list, code));
}

/** Every attempt to pass the baton, when there was more than one. */
export function Handoffs({ referral }: { referral: Referral }) {
  const t = pageText();
  if (referral.handoffs.length < 2) return null;
  return (
    <section class="panel" aria-labelledby="handoffs-title">
      <h2 id="handoffs-title">{t.handoffs}</h2>
      <ol class="handoffs">
        {referral.handoffs.map((handoff) => (
          <li key={handoff.id}>
            <span>
              {handoff.sender.name} → <strong>{handoff.receiver?.name ?? "?"}</strong>
            </span>
            <span>
              {handoff.step.title}
              {handoff.code == null ? "" : `: ${ending(handoff.code)}`}
            </span>
            {handoff.forwardedBy == null ? null : <span class="subtle">{t.forwardedBy(handoff.forwardedBy.name)}</span>}
            <span class="subtle">{handoff.receipts.stored == null ? null : <When at={handoff.receipts.stored} />}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
