import { useEffect, useState } from "preact/hooks";
import { language } from "../../i18n";
import { need } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { Deadline } from "../../referral/Deadline";
import { State, Urgency } from "../../referral/Marks";
import { type Case, type Member, workflowTitles } from "./api";
import { text } from "./words";

/** The titles of workflows in the language of the moment; the ids until they are here. */
function useTitles(): ReadonlyMap<string, string> {
  const [titles, setTitles] = useState<ReadonlyMap<string, string>>(new Map());
  const spoken = language.value;
  useEffect(() => {
    workflowTitles(spoken).then(setTitles, () => undefined);
  }, [spoken]);
  return titles;
}

/** Who has taken what: one row for each referral that one may know of. */
export function Members({ found }: { found: Case }) {
  const t = text().members;
  return (
    <section class="card" aria-labelledby="members-title">
      <h2 id="members-title" class="ds-heading" data-size="2xs">
        {t.title}
      </h2>
      {found.referrals.length === 0 ? <p class="subtle">{t.none}</p> : <MemberRows members={found.referrals} />}
    </section>
  );
}

export function MemberRows({ members }: { members: readonly Member[] }) {
  const titles = useTitles();
  return (
    <ul class="members">
      {members.map((member, index) => (
        <Row key={member.referral?.id ?? index} member={member} title={titles.get(member.workflow ?? "")} />
      ))}
    </ul>
  );
}

function Row({ member, title }: { member: Member; title: string | undefined }) {
  const t = text().members;
  const over = ["completed", "revoked", "entered-in-error"].includes(member.state);
  return (
    <li>
      <p class="member-head">
        {member.referral == null ? (
          <strong>{member.needs.map((code) => capital(term(need, code))).join(", ")}</strong>
        ) : (
          <a class="ds-link" href={`/formidling/${member.referral.reference}`}>
            <strong>{title ?? t.referral}</strong> <span class="ref">{member.referral.reference}</span>
          </a>
        )}
        {over ? null : <Deadline dueAt={member.nextDueAt} />}
      </p>
      <dl class="member-facts">
        {member.receiver == null ? null : (
          <div>
            <dt>{t.receiver}</dt>
            <dd>{member.receiver.name}</dd>
          </div>
        )}
        <div>
          <dt>{over ? t.had : t.custodian}</dt>
          <dd>{member.custodian.name}</dd>
        </div>
      </dl>
      <p class="marks">
        {member.urgency == null || over ? null : <Urgency code={member.urgency} />}
        <State referral={member.state} handoff={member.handoffState ?? undefined} />
      </p>
      {member.referral == null || member.needs.length === 0 ? null : (
        <ul class="tags" aria-label={t.needs}>
          {member.needs.map((code) => (
            <li key={code}>{capital(term(need, code))}</li>
          ))}
        </ul>
      )}
    </li>
  );
}
