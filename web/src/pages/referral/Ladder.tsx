import check from "@navikt/aksel-icons/svg/CheckmarkCircleFill.svg?raw";
import warning from "@navikt/aksel-icons/svg/ExclamationmarkTriangleFill.svg?raw";
import type { Referral } from "../../referral/api";
import { When } from "../../referral/Marks";
import { text } from "../../referral/words";
import { Icon } from "../../ui/Icon";

/** Sent is not received: each step with its time, and the first that is missing. */
export function Ladder({ referral }: { referral: Referral }) {
  const t = text().ladder;
  const { handoff } = referral;
  if (handoff == null) return null;
  const { receipts } = handoff;
  const steps: readonly (readonly [string, string | null | undefined])[] = [
    [t.stored, receipts.stored],
    [t.mailed, receipts.mailed],
    [t.seen, receipts.seen],
    [t.acknowledged, receipts.acknowledged],
    [t.decided, receipts.decided],
    [t.closed, referral.closedAt],
  ];
  return (
    <section class="panel" aria-labelledby="ladder-title">
      <h2 id="ladder-title">{t.title}</h2>
      <p class="subtle">{handoff.receiver?.name}</p>
      <ol class="ladder">
        {steps.map(([name, at]) => {
          const lost = name === t.mailed && receipts.undeliverable;
          return (
            <li key={name} data-done={at != null} data-lost={lost}>
              <span class="ladder-mark">{lost ? <Icon svg={warning} /> : at != null ? <Icon svg={check} /> : null}</span>
              <span>{lost ? t.undeliverable : name}</span>
              <span class="subtle">{at != null ? <When at={at} /> : t.notYet}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
