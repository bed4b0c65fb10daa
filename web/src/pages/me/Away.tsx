import { Failed } from "../../ui/Failed";
import { Loading } from "../../ui/Loading";
import { Absences, useAbsences } from "../setup/Absences";
import { text } from "./words";

interface Unit {
  readonly slug: string;
  readonly name: string;
}

/** My own absences, at each of my units. */
export function Away({ units, person }: { units: readonly Unit[]; person: string }) {
  const t = text().away;
  return (
    <section class="stack" aria-labelledby="away-title">
      <h2 id="away-title" class="ds-heading" data-size="2xs">
        {t.title}
      </h2>
      <p class="subtle">{t.lead}</p>
      {units.map((unit) => (
        <At key={unit.slug} unit={unit} person={person} named={units.length > 1} />
      ))}
    </section>
  );
}

function At({ unit, person, named }: { unit: Unit; person: string; named: boolean }) {
  const t = text().away;
  const found = useAbsences(unit.slug);
  return (
    <>
      {named ? <h3 class="ds-heading" data-size="2xs">{t.unit(unit.name)}</h3> : null}
      {found.data === null ? (
        found.error === null ? <Loading /> : <Failed error={found.error} again={found.again} />
      ) : (
        <Absences
          slug={unit.slug}
          found={{ ...found.data, absences: found.data.absences.filter(({ user }) => user.id === person) }}
          again={found.again}
          only={person}
        />
      )}
    </>
  );
}
