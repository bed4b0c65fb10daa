import { need } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { When } from "../../referral/Marks";
import type { Entry } from "./api";
import { text } from "./words";

/** What was done at once, by the same person, is told together. */
export function grouped(log: readonly Entry[]): readonly (readonly Entry[])[] {
  const groups: Entry[][] = [];
  for (const entry of log) {
    const before = groups.at(-1)?.[0];
    if (before?.at === entry.at && before.actor?.user.id === entry.actor?.user.id) groups.at(-1)?.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

/** What has happened to the case itself, the newest first. What happens in a referral stands with the referral. */
export function Timeline({ log }: { log: readonly Entry[] }) {
  const t = text().timeline;
  return (
    <section class="card" aria-labelledby="timeline-title">
      <h2 id="timeline-title" class="ds-heading" data-size="2xs">
        {t.title}
      </h2>
      <ol class="case-timeline">
        {grouped(log)
          .toReversed()
          .map((group) => (
            <li key={group[0]?.id}>
              {group.map((entry) => (
                <div key={entry.id}>
                  <p>
                    <strong>{entry.title}</strong>
                    {entry.need == null || entry.title.includes(":") ? null : `: ${capital(term(need, entry.need))}`}
                    {entry.referral == null ? null : (
                      <>
                        {": "}
                        <a class="ds-link" href={`/formidling/${entry.referral.reference}`}>
                          {entry.referral.reference}
                        </a>
                      </>
                    )}
                  </p>
                  {entry.reason == null ? null : <blockquote class="prose">{entry.reason}</blockquote>}
                </div>
              ))}
              <p class="subtle">
                {group[0] === undefined ? null : <When at={group[0].at} />}
                {group[0]?.actor == null ? null : ` · ${group[0].actor.user.name}, ${group[0].actor.agency.name}`}
              </p>
            </li>
          ))}
      </ol>
    </section>
  );
}
