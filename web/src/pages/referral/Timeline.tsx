import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { conclusionCode, declineCode, holdCode, outcome, registerCode } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import type { Entry } from "../../referral/api";
import { When } from "../../referral/Marks";
import { pageText } from "./words";

const LISTS = [declineCode, outcome, holdCode, registerCode, conclusionCode];
/** What fits on a screen beside the rest. */
const FIRST = 8;

interface Group {
  readonly main: Entry;
  readonly more: readonly Entry[];
  /** Every event of it. */
  readonly ids: ReadonlySet<string>;
}

/** What was done at once is told as one event: the action first, and what followed from it. */
export function grouped(log: readonly Entry[]): readonly Group[] {
  const groups: Entry[][] = [];
  for (const entry of log) {
    const group = groups.at(-1);
    const before = group?.[0];
    const together = before?.at === entry.at && before.actor?.user.id === entry.actor?.user.id;
    if (together) group?.push(entry);
    else groups.push([entry]);
  }
  return groups.flatMap((group) => {
    const main = group.find((entry) => entry.action != null && entry.kind !== "assigned") ?? group[0];
    if (main === undefined) return [];
    return [{ main, more: group.filter((entry) => entry !== main && entry.kind !== "created"), ids: new Set(group.map(({ id }) => id)) }];
  });
}

/** `event` is the one that whoever came here was led to. */
export function Timeline({ log, event }: { log: readonly Entry[]; event: string | undefined }) {
  const t = pageText().timeline;
  const [all, setAll] = useState(false);
  const groups = useMemo(() => grouped(log).toReversed(), [log]);
  const led = event === undefined ? -1 : groups.findIndex(({ ids }) => ids.has(event));
  const shown = all || led >= FIRST ? groups : groups.slice(0, FIRST);
  const place = useRef<HTMLLIElement>(null);
  const found = led >= 0;
  useEffect(() => {
    place.current?.focus({ preventScroll: true });
    place.current?.scrollIntoView({ block: "center" });
  }, [event, found]);
  return (
    <section class="panel" aria-labelledby="timeline-title">
      <h2 id="timeline-title">{t.title}</h2>
      <ol class="timeline">
        {shown.map(({ main, more }, nth) => (
          <li key={main.id} {...(nth === led ? { ref: place, tabIndex: -1, "aria-current": "true" as const } : {})}>
            <p>
              <strong>{main.title}</strong>
              {Object.values(main.codes).map((code) => (
                <span key={code}>: {words(code)}</span>
              ))}
            </p>
            <p class="subtle">
              <When at={main.at} /> · {main.actor == null ? t.system : `${main.actor.user.name}, ${main.actor.agency.name}`}
            </p>
            {Object.entries(main.texts).map(([name, body]) => (
              <blockquote key={name} class="prose">
                {body}
              </blockquote>
            ))}
            <Told entries={[main, ...more]} />
            {more.length === 0 ? null : (
              <ul class="timeline-more">
                {more.map((entry) => (
                  <li key={entry.id} data-kind={entry.kind}>
                    {entry.title}
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ol>
      {shown.length === groups.length ? null : (
        <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => setAll(true)}>
          {t.more(String(groups.length - FIRST))}
        </button>
      )}
    </section>
  );
}

/** Who was told of it, each once. */
function Told({ entries }: { entries: readonly Entry[] }) {
  const names = new Set(entries.flatMap(({ told }) => told.map(({ agency }) => agency.name)));
  return names.size === 0 ? null : <p class="subtle">{pageText().timeline.told([...names].join(", "))}</p>;
}

function words(code: string): string {
  const list = LISTS.find((one) => code in one.nb);
  return list === undefined ? code : capital(term(list, code));
}
