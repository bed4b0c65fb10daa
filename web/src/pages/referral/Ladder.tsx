import check from "@navikt/aksel-icons/svg/CheckmarkCircleFill.svg?raw";
import warning from "@navikt/aksel-icons/svg/ExclamationmarkTriangleFill.svg?raw";
import { type Schemas } from "../../api/client";
import { language } from "../../i18n";
import { moment, now } from "../../i18n/time";
import type { Referral } from "../../referral/api";
import { When } from "../../referral/Marks";
import { Icon } from "../../ui/Icon";
import { pageText } from "./words";

/** Sent is not received: each step with its time, and the first that is missing. */
export function Ladder({ referral }: { referral: Referral }) {
  const t = pageText().ladder;
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
      {receipts.undeliverable ? (
        <p>
          <a class="ds-link" href="/folg-opp/varsler">
            {t.problem}
          </a>
        </p>
      ) : null}
      {receipts.recipients.length === 0 ? null : (
        <details class="notices">
          <summary>{t.everybody(String(receipts.recipients.length))}</summary>
          <ul class="plain">
            {receipts.recipients.map((mail) => (
              <Notice key={mail.id} mail={mail} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** One notice to one of those who were told: what, to where, how far it has come, and what the mail server said. */
function Notice({ mail }: { mail: Schemas["MailOut"] }) {
  const t = pageText().ladder;
  const when = (at: string | null | undefined) => (at == null ? null : moment(Date.parse(at), language.value, now.value));
  const held = mail.status === "held" ? when(mail.heldUntil) : null;
  const next = mail.status === "retrying" ? when(mail.nextAttemptAt) : null;
  const lost = mail.status === "undeliverable" || mail.status === "bounced";
  return (
    <li data-lost={lost}>
      <span>
        {mail.title} <span class="subtle">– {[mail.agency.name, t.to[mail.to] ?? mail.to].join(", ")}</span>
      </span>
      <span class="subtle">
        {[
          t.status[mail.status] ?? mail.status,
          held === null ? null : t.until(held),
          next === null ? null : t.again(next),
          when(mail.bouncedAt ?? mail.mailedAt) ?? when(mail.queuedAt),
          mail.attempts > 1 ? t.tries(mail.attempts) : null,
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
      {mail.serverReply == null ? null : <span class="subtle reply">{mail.serverReply}</span>}
    </li>
  );
}
