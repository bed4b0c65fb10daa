import warning from "@navikt/aksel-icons/svg/ExclamationmarkTriangle.svg?raw";
import { capital } from "../../i18n/terms";
import { Deadline } from "../../referral/Deadline";
import { Icon } from "../../ui/Icon";
import { type Case, type Need, offered } from "./api";
import { text } from "./words";

/** The needs that somebody must be found for: those with a limit first, the shortest before the others. */
export function uncovered(found: Case): readonly Need[] {
  const end = "9999";
  return found.needs
    .filter(({ cover }) => cover === "nobody" || cover === "came-back")
    .toSorted((one, other) => (one.until ?? end).localeCompare(other.until ?? end));
}

/** What came back with the same referral is one thing to do. */
export function together(open: readonly Need[]): readonly (readonly [Need, ...Need[]])[] {
  const groups: [Need, ...Need[]][] = [];
  for (const need of open) {
    const same = groups.find(([one]) => need.referral != null && one.referral?.id === need.referral.id && one.cover === need.cover);
    if (same === undefined) groups.push([need]);
    else same.push(need);
  }
  return groups;
}

/** What nobody has: here is something to do. */
export function Uncovered({ found }: { found: Case }) {
  const t = text();
  const open = uncovered(found);
  return (
    <section class="card case-uncovered" data-any={open.length > 0} aria-labelledby="uncovered-title">
      <h2 id="uncovered-title" class="ds-heading" data-size="2xs">
        {t.uncovered.title}
      </h2>
      {open.length === 0 ? (
        <p>{found.needs.length === 0 ? t.uncovered.noNeeds : t.uncovered.none}</p>
      ) : (
        <ul class="plain">
          {together(open).map(([need, ...more]) => (
            <li key={need.need}>
              <Icon svg={warning} />
              <span class="need-words">
                <strong>{capital([need, ...more].map(({ title }) => title).join(", "))}</strong>
                <span class="subtle">
                  {need.cover === "nobody" || need.agency == null ? t.uncovered.nobody : t.uncovered.back(need.agency.name)}
                </span>
              </span>
              {need.until == null ? null : <Deadline dueAt={need.until} />}
              <Way found={found} need={need} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** What came back is handed off anew by whoever has it; what nobody was asked for is referred. */
function Way({ found, need }: { found: Case; need: Need }) {
  const t = text().uncovered;
  if (need.cover === "came-back") {
    if (need.referral == null) return null;
    return (
      <a class="ds-button" data-variant="secondary" data-size="sm" href={`/formidling/${need.referral.reference}`}>
        {t.open(need.referral.reference)}
      </a>
    );
  }
  if (offered(found, "add-referral") === null) return null;
  return (
    <a class="ds-button" data-variant="secondary" data-size="sm" href={`/ny?sak=${found.reference}&behov=${need.need}`} aria-label={t.referNeed(need.title)}>
      {t.refer}
    </a>
  );
}
