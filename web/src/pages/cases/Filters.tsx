import { useEffect, useRef, useState } from "preact/hooks";
import { me } from "../../api/session";
import { type Filter, STATES, type State, WHOSE } from "./filter";
import { text } from "./words";

const TYPING_MS = 250;

/** Whose, in which state, and a reference. What is chosen stands in the address. */
export function Filters({ filter, look }: { filter: Filter; look: (changed: Partial<Filter>) => void }) {
  const t = text().filter;
  const agencies = me.value?.agencies ?? [];
  return (
    <form class="cases-filters" role="search" aria-label={t.title} onSubmit={(event) => event.preventDefault()}>
      <fieldset class="choice">
        <legend>{t.whose}</legend>
        <div class="choice-row">
          {WHOSE.map((whose) => (
            <label key={whose}>
              <input type="radio" name="whose" checked={filter.whose === whose} onChange={() => look({ whose })} />
              <span>{t.whoses[whose]}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {filter.whose === "unit" && agencies.length > 1 ? (
        <label class="cases-filter">
          <span>{t.agency}</span>
          <select class="ds-input" value={filter.agency} onChange={(event) => look({ agency: event.currentTarget.value })}>
            {agencies.map(({ slug, name }) => (
              <option key={slug} value={slug}>
                {name}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <label class="cases-filter">
        <span>{t.state}</span>
        <select class="ds-input" value={filter.state} onChange={(event) => look({ state: event.currentTarget.value as State })}>
          {STATES.map((state) => (
            <option key={state} value={state}>
              {t.states[state]}
            </option>
          ))}
        </select>
      </label>
      <Search q={filter.q} set={(q) => look({ q })} />
      <div class="choice-row cases-filter">
        <label>
          <input type="checkbox" checked={filter.uncovered} onChange={(event) => look({ uncovered: event.currentTarget.checked })} />
          <span>{t.uncovered}</span>
        </label>
      </div>
    </form>
  );
}

function Search({ q, set }: { q: string; set: (q: string) => void }) {
  const [typed, setTyped] = useState(q);
  const told = useRef(q);
  const timer = useRef(0);
  useEffect(() => {
    if (q === told.current) return;
    told.current = q;
    setTyped(q);
  }, [q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <label class="cases-filter">
      <span>{text().filter.q}</span>
      <input
        class="ds-input"
        type="search"
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onInput={(event) => {
          const { value } = event.currentTarget;
          setTyped(value);
          clearTimeout(timer.current);
          timer.current = window.setTimeout(() => {
            told.current = value.trim();
            set(value.trim());
          }, TYPING_MS);
        }}
      />
    </label>
  );
}
