import { Alert } from "../../ui/Alert";
import { When } from "../../referral/Marks";
import { me } from "../../api/session";
import type { Case } from "./api";
import { text } from "./words";

/** Who coordinates, and who has been asked to. Being asked is not taking. */
export function Coordinator({ found }: { found: Case }) {
  const t = text().coordinator;
  const { coordinator, coordinatorPerson, proposal } = found;
  const ours = proposal != null && (me.value?.agencies ?? []).some((agency) => agency.id === proposal.to.id);
  return (
    <section class="card" aria-labelledby="coordinator-title">
      <h2 id="coordinator-title" class="ds-heading" data-size="2xs">
        {t.title}
      </h2>
      {coordinator == null ? (
        <p class="subtle">{t.unknown}</p>
      ) : (
        <p>
          <strong>{coordinator.name}</strong>
          <br />
          <span class="subtle">{coordinatorPerson?.name ?? t.nobody}</span>
        </p>
      )}
      {proposal == null ? null : (
        <Alert color={ours ? "warning" : "info"}>
          <p>
            {ours ? t.askedUs(proposal.by.name) : t.asked(proposal.by.name, proposal.to.name)} <When at={proposal.at} />.
          </p>
          <p>{ours ? t.answer : t.until(coordinator?.name ?? proposal.by.name)}</p>
        </Alert>
      )}
    </section>
  );
}

/** Who takes part, and as what. */
export function Participants({ found }: { found: Case }) {
  const t = text().participants;
  return (
    <section class="card" aria-labelledby="participants-title">
      <h2 id="participants-title" class="ds-heading" data-size="2xs">
        {t.title}
      </h2>
      <ParticipantRows found={found} />
    </section>
  );
}

export function ParticipantRows({ found }: { found: Case }) {
  const t = text().participants;
  const words: Record<string, string> = t.relations;
  return (
    <ul class="plain participants">
      {found.participants.map(({ agency, relations }) => (
        <li key={agency.id}>
          <a class="ds-link" href={`/katalog/${agency.slug}`}>
            {agency.name}
          </a>{" "}
          <span class="subtle">{relations.map((relation) => words[relation] ?? relation).join(", ")}</span>
        </li>
      ))}
    </ul>
  );
}
