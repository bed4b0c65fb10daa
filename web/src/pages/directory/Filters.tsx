import { useEffect, useRef, useState } from "preact/hooks";
import { agencyKind, need } from "../../i18n/codes";
import { capital, place, term } from "../../i18n/terms";
import { type Filter, NONE, address, age, isKind, isNeed } from "./filter";
import { text } from "./words";

const TYPING_MS = 250;

/** The search. What is chosen counts at once; what is typed, when the typing rests. */
export function Filters(props: { filter: Filter; look: (changed: Partial<Filter>) => void; clear: () => void }) {
  const t = text().filter;
  const { filter, look, clear } = props;
  const wrongAge = filter.age.trim() !== "" && age(filter) === null;
  const codes = (list: typeof agencyKind | typeof need) =>
    Object.keys(list.nb)
      .map((code) => [code, capital(term(list, code))] as const)
      .sort(([, one], [, other]) => one.localeCompare(other, "nb"));
  return (
    <form class="directory-filters" role="search" aria-label={t.title} onSubmit={(event) => event.preventDefault()}>
      <Typed id="directory-q" label={t.q} type="search" value={filter.q} set={(q) => look({ q })} />
      <Choice id="directory-need" label={t.need} value={filter.need} set={(code) => look({ need: isNeed(code) ? code : "" })} options={codes(need)} />
      <Typed
        id="directory-age"
        label={t.age}
        hint={t.ageHint}
        inputMode="numeric"
        value={filter.age}
        set={(typed) => look({ age: typed })}
        wrong={wrongAge ? t.badAge : undefined}
      />
      <Choice id="directory-kind" label={t.kind} value={filter.kind} set={(code) => look({ kind: isKind(code) ? code : "" })} options={codes(agencyKind)} />
      <Choice id="directory-district" label={t.district} value={filter.district} set={(district) => look({ district })} options={districts()} />
      <div class="choice-row directory-open">
        <label>
          <input type="checkbox" checked={filter.open} onChange={(event) => look({ open: event.currentTarget.checked })} />
          <span>{t.open}</span>
        </label>
        {address(filter) === address(NONE) ? null : (
          <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={clear}>
            {t.clear}
          </button>
        )}
      </div>
    </form>
  );
}

function Choice(props: {
  id: string;
  label: string;
  value: string;
  set: (code: string) => void;
  options: readonly (readonly [string, string])[];
}) {
  return (
    <div class="ds-field">
      <label class="ds-label" for={props.id}>
        {props.label}
      </label>
      <select id={props.id} class="ds-input" value={props.value} onChange={(event) => props.set(event.currentTarget.value)}>
        <option value="">{text().filter.any}</option>
        {props.options.map(([code, title]) => (
          <option key={code} value={code}>
            {title}
          </option>
        ))}
      </select>
    </div>
  );
}

function Typed(props: {
  id: string;
  label: string;
  hint?: string;
  type?: string;
  inputMode?: "numeric";
  value: string;
  set: (typed: string) => void;
  wrong?: string | undefined;
}) {
  const [typed, setTyped] = useState(props.value);
  const told = useRef(props.value);
  const timer = useRef(0);
  useEffect(() => {
    // The address has changed under us: a way back, or all filters taken away.
    if (props.value !== told.current) {
      told.current = props.value;
      setTyped(props.value);
    }
  }, [props.value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (value: string) => {
    setTyped(value);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      told.current = value;
      props.set(value);
    }, TYPING_MS);
  };
  const wrong = props.wrong !== undefined;
  return (
    <div class="ds-field">
      <label class="ds-label" for={props.id}>
        {props.label}
        {props.hint === undefined ? null : <span class="hint"> ({props.hint})</span>}
      </label>
      <input
        id={props.id}
        class="ds-input"
        type={props.type ?? "text"}
        inputMode={props.inputMode}
        autocomplete="off"
        value={typed}
        aria-invalid={wrong ? "true" : undefined}
        aria-describedby={wrong ? `${props.id}-wrong` : undefined}
        onInput={(event) => type(event.currentTarget.value)}
      />
      {wrong ? (
        <p id={`${props.id}-wrong`} class="ds-validation-message">
          {props.wrong}
        </p>
      ) : null}
    </div>
  );
}

/** The districts of Oslo that have services of their own, by name. */
function districts(): readonly (readonly [code: string, name: string])[] {
  return Array.from({ length: 15 }, (_, index) => `0301${String(index + 1).padStart(2, "0")}`)
    .map((code) => [code, (place("0301", code) ?? code).replace(/, Oslo$/, "")] as const)
    .sort(([, one], [, other]) => one.localeCompare(other, "nb"));
}
