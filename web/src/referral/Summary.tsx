import type { ComponentChildren } from "preact";
import { addressProtection, consentGiver, disclosureField, identifierType, need, personFlag } from "../i18n/codes";
import { capital, place, term, tongue } from "../i18n/terms";
import type { Handoff, Referral } from "./api";
import { text } from "./words";

/** What the sender wrote: why, who, on which basis. */
export function Summary({ referral, level }: { referral: Referral; level: 2 | 3 }) {
  const t = text();
  const Heading = level === 2 ? "h2" : "h3";
  if (referral.erased != null) {
    return (
      <div class="summary">
        <section>
          <Heading>{t.why}</Heading>
          <p>{referral.erased.text}</p>
        </section>
      </div>
    );
  }
  return (
    <div class="summary">
      <section>
        <Heading>{t.why}</Heading>
        {referral.summary == null ? null : <p class="prose">{referral.summary}</p>}
        <ul class="tags" aria-label={t.needs}>
          {referral.needs.map((code) => (
            <li key={code}>{capital(term(need, code))}</li>
          ))}
        </ul>
      </section>
      <section>
        <Heading>{t.who}</Heading>
        <Person referral={referral} />
      </section>
      {referral.notShown.length === 0 ? null : (
        <p class="subtle">
          {t.notShown} {referral.notShown.map((code) => term(disclosureField, code)).join(", ")}.
        </p>
      )}
      {referral.handoff?.legalBasis == null ? null : (
        <section>
          <Heading>{t.basis}</Heading>
          <Basis basis={referral.handoff.legalBasis} />
          <Withheld handoff={referral.handoff} />
        </section>
      )}
    </div>
  );
}

export function Person({ referral }: { referral: Referral }) {
  const t = text();
  const { person, informed } = referral;
  if (person == null) return referral.notShown.length > 0 ? <p>{t.hidden}</p> : <p>{t.anonymous}</p>;
  const flags = person.flags ?? [];
  const stays = place(person.whereabouts?.municipality, person.whereabouts?.district);
  const speaks = [person.language == null ? null : tongue(person.language), person.interpreter === true ? t.interpreter : null];
  const degree = person.addressProtection ?? "none";
  return (
    <>
      <p>
        <strong>{person.name ?? person.alias ?? t.noAlias}</strong>
        {person.name != null && person.alias != null ? ` (${person.alias})` : ""}
        {person.estimatedAge == null ? "" : `, ${t.years(String(person.estimatedAge))}`}
      </p>
      {flags.length === 0 ? null : (
        <ul class="tags" data-kind="flags">
          {flags.map((code) => (
            <li key={code}>{capital(term(personFlag, code))}</li>
          ))}
        </ul>
      )}
      {degree === "none" ? null : <p class="warned">{t.protection(term(addressProtection, degree))}</p>}
      <dl class="facts">
        <Fact name={t.stays}>{stays}</Fact>
        <Fact name={t.speaks}>{speaks.filter(Boolean).join(", ") || null}</Fact>
        <Fact name={t.identifier}>
          {person.identifier?.value == null ? null : `${person.identifier.value} (${term(identifierType, person.identifier.type)})`}
        </Fact>
        <Fact name={t.informed}>
          {informed == null
            ? null
            : [
                t.informedYouth(informed.youth ? t.yes : t.no),
                t.informedGuardians(informed.guardians ? t.yes : t.no),
                informed.reason,
              ]
                .filter(Boolean)
                .join(". ")}
        </Fact>
      </dl>
    </>
  );
}

function Basis({ basis }: { basis: NonNullable<Handoff["legalBasis"]> }) {
  const t = text();
  return (
    <>
      <p>
        <strong>{capital(basis.title)}</strong> <span class="subtle">{basis.legalRef}</span>
      </p>
      {basis.reason == null ? null : <p class="prose">{basis.reason}</p>}
      {basis.consent == null ? null : (
        <p>
          {t.consent(term(consentGiver, basis.consent.by), String(basis.consent.age))}. {t.consentScope}: {basis.consent.scope}
        </p>
      )}
    </>
  );
}

/** What does not reach the receiver, each with why: in a draft, what would not. */
function Withheld({ handoff }: { handoff: Handoff }) {
  const t = text();
  if (handoff.withheld.length === 0 && handoff.consentWithdrawnAt == null) return null;
  return (
    <>
      {handoff.consentWithdrawnAt == null ? null : <p>{t.consentWithdrawn}</p>}
      {handoff.withheld.length === 0 ? null : (
        <details>
          <summary>{t.withheld}</summary>
          <ul>
            {handoff.withheld.map(({ field, title, reason, legalRef }) => (
              <li key={field}>
                {capital(title)}: {reason} {legalRef == null ? null : <span class="subtle">{legalRef}</span>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return children == null || children === "" ? null : (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
