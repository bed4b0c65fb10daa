/** The tally: what the next one counts as, and for each age a plus and a minus as large as a thumb. */
import { useState } from "preact/hooks";
import { acquaintance, ageBand, contactOutcome, need, sex } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { now } from "../../i18n/time";
import { inOslo, isDay, localMinute } from "../../i18n/zone";
import { Choice, Confirm, type Faults, Select, Summary, TextField, Tick, useSaving } from "../../ui/form";
import { text } from "./Frame";
import { arenas, discard, finish, keep } from "./state";
import { type Alike, type Line, type Walk, alike, countOf, counted, forgotten, fresh, total, wrongTimes } from "./tally";
import { AGES, options } from "./terms";

const named = (id: string) => arenas.value?.find((arena) => arena.id === id)?.name ?? "";

export function Walking({ walk }: { walk: Walk }) {
  const t = text().walk;
  const [throwing, setThrowing] = useState(false);
  const saving = useSaving("walk");
  const next = (change: Partial<Walk["next"]>) => keep((now) => ({ ...now, next: { ...now.next, ...change } }));
  const asked = walk.until !== undefined || forgotten(walk, now.value);
  const wrong = (): Faults => {
    const found = asked ? wrongTimes(walk, Date.now()) : null;
    return found === null ? {} : found === "future" ? { "walk-from": t.future } : { "walk-until": t.length };
  };
  return (
    <div class="stack walking">
      {asked ? <Times walk={walk} faults={saving.faults} /> : null}
      {walk.arenas.length < 2 ? (
        <p>
          <strong>{named(walk.next.arena)}</strong>
        </p>
      ) : (
        <Choice name="walk-arena" label={t.arena} value={walk.next.arena} set={(arena) => next({ arena })} options={walk.arenas.map((id) => [id, named(id)] as const)} />
      )}
      <Choice name="walk-acquaintance" label={t.acquaintance} value={walk.next.acquaintance} set={(code) => next({ acquaintance: code })} options={options(acquaintance)} />
      <Choice name="walk-sex" label={t.sex} value={walk.next.sex} set={(code) => next({ sex: code })} options={options(sex)} />
      <fieldset class="tally">
        <legend>{t.age}</legend>
        {AGES.map((age) => (
          <Age key={age} walk={walk} age={age} />
        ))}
      </fieldset>
      <details>
        <summary>{t.more}</summary>
        <div class="stack">
          <Select id="walk-need" label={t.need} value={walk.next.need} set={(code) => next({ need: code })} options={[["", t.noNeed], ...options(need)]} />
          <Select id="walk-outcome" label={t.outcome} value={walk.next.outcome} set={(code) => next({ outcome: code as Alike["outcome"] })} options={options(contactOutcome)} />
          <Tick id="walk-client" label={t.client} checked={walk.next.client} set={(client) => next({ client })} />
          <Tick id="walk-missing" label={t.missing} checked={walk.next.missing} set={(missing) => next({ missing })} />
        </div>
      </details>
      <section class="stack" aria-labelledby="walk-lines">
        <h2 id="walk-lines" class="ds-heading" data-size="xs">
          {t.lines}
        </h2>
        <p role="status">{total(walk) === 0 ? t.empty : t.total(total(walk), fresh(walk))}</p>
        {walk.lines.length === 0 ? null : (
          <ul class="rows">
            {walk.lines.map((line) => (
              <li key={called(line)}>
                <span>{called(line)}</span>
                <Stepper walk={walk} who={line} label={called(line)} />
              </li>
            ))}
          </ul>
        )}
      </section>
      <Summary saving={saving} />
      <p class="buttons">
        <button type="button" class="ds-button finish" aria-busy={saving.busy} onClick={() => void saving.attempt(finish, wrong())}>
          {t.finish}
        </button>
        <button type="button" class="ds-button" data-variant="tertiary" data-color="danger" onClick={() => setThrowing(true)}>
          {t.discard}
        </button>
      </p>
      {throwing ? (
        <Confirm title={t.discardTitle} label={t.discard} danger saving={saving} yes={() => void saving.attempt(discard)} no={() => setThrowing(false)}>
          <p>{t.discardText}</p>
        </Confirm>
      ) : null}
    </div>
  );
}

/** When it began and ended, by the clock in Oslo. */
function Times({ walk, faults }: { walk: Walk; faults: Faults }) {
  const t = text().walk;
  const written = (at: string | undefined) => (at === undefined ? "" : localMinute(Date.parse(at)));
  const read = (typed: string) => {
    const [day = "", time = ""] = typed.split("T");
    return isDay(day) && time !== "" ? new Date(inOslo(day, time)).toISOString() : null;
  };
  const put = (field: "from" | "until") => (typed: string) => {
    const at = read(typed);
    if (at !== null) keep((now) => ({ ...now, [field]: at }));
  };
  return (
    <div class="stack">
      <p>{t.times}</p>
      <div class="pair">
        <TextField id="walk-from" label={t.began} type="datetime-local" value={written(walk.from)} set={put("from")} faults={faults} />
        <TextField id="walk-until" label={t.ended} type="datetime-local" value={written(walk.until)} set={put("until")} faults={faults} />
      </div>
    </div>
  );
}

function Age({ walk, age }: { walk: Walk; age: Alike["age"] }) {
  const who = alike(walk, age);
  return (
    <div class="tally-row">
      <span>{capital(term(ageBand, age))}</span>
      <Stepper walk={walk} who={who} label={term(ageBand, age)} />
    </div>
  );
}

function Stepper({ walk, who, label }: { walk: Walk; who: Alike; label: string }) {
  const t = text().walk;
  const count = countOf(walk, who);
  return (
    <span class="stepper">
      <button type="button" class="ds-button" data-variant="secondary" aria-label={t.minus(label)} disabled={count === 0} onClick={() => keep((now) => counted(now, who, -1))}>
        −
      </button>
      <output>{count}</output>
      <button type="button" class="ds-button" aria-label={t.plus(label)} onClick={() => keep((now) => counted(now, who, 1))}>
        +
      </button>
    </span>
  );
}

/** Those of a line in words. */
function called(line: Line): string {
  const t = text().walk;
  const parts = [
    named(line.arena),
    term(acquaintance, line.acquaintance),
    term(sex, line.sex),
    term(ageBand, line.age),
    line.need === "" ? null : term(need, line.need),
    term(contactOutcome, line.outcome),
    line.client ? t.client.toLocaleLowerCase() : null,
    line.missing ? t.missing.toLocaleLowerCase() : null,
  ];
  return parts.filter((part) => part !== null).join(", ");
}
