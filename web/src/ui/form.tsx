/** Forms: fields with what is wrong at them, a summary beside the button, and what to do when somebody was faster. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Refused } from "../api/client";
import { words } from "../i18n";
import { form as en } from "../i18n/en/form";
import { form as nb } from "../i18n/nb/form";
import { Alert } from "./Alert";
import { why } from "./Failed";

const text = words(nb, en);

/** What is wrong with which field, by the field's id. */
export type Faults = Readonly<Record<string, string>>;

export interface Saving {
  readonly busy: boolean;
  readonly error: unknown;
  readonly faults: Faults;
  /** Tries; null when it was refused. What is wrong by itself can be said before. */
  readonly attempt: <T>(work: () => Promise<T>, wrong?: Faults) => Promise<T | null>;
  readonly clear: () => void;
}

/** Saves, and keeps what was refused. `prefix` is that of the fields' ids, which end like the pointers of the API. */
export function useSaving(prefix: string): Saving {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [faults, setFaults] = useState<Faults>({});
  const attempt = async <T,>(work: () => Promise<T>, wrong: Faults = {}): Promise<T | null> => {
    if (busy) return null;
    setError(null);
    setFaults(wrong);
    if (Object.keys(wrong).length > 0) return null;
    setBusy(true);
    try {
      return await work();
    } catch (refused) {
      const found = faultsOf(refused, prefix);
      setFaults(found);
      setError(refused);
      return null;
    } finally {
      setBusy(false);
    }
  };
  const clear = () => {
    setError(null);
    setFaults({});
  };
  return { busy, error, faults, attempt, clear };
}

/** The fields at fault, by id: `/title/nb` is `prefix-title-nb`. */
export function faultsOf(refused: unknown, prefix: string): Faults {
  if (!(refused instanceof Refused)) return {};
  const found: Record<string, string> = {};
  for (const { pointer, detail } of refused.problem?.errors ?? []) {
    found[`${prefix}${pointer.replace(/^\?/, "/").replaceAll("/", "-")}`] = detail;
  }
  return found;
}

/** Beside the button: what is wrong, each with a way to its field. */
export function Summary({ saving }: { saving: Saving }) {
  const box = useRef<HTMLDivElement>(null);
  const entries = Object.entries(saving.faults);
  const any = entries.length > 0 || saving.error !== null;
  useEffect(() => {
    if (any) box.current?.focus();
  }, [any, saving.error, saving.faults]);
  if (!any) return null;
  return (
    <div ref={box} tabIndex={-1} class="fault-summary">
      <Alert color="danger" live>
        {entries.length > 0 ? (
          <>
            <p>
              <strong>{text().summary}</strong>
            </p>
            <ul>
              {entries.map(([id, fault]) => (
                <li key={id}>
                  <a class="ds-link" href={`#${id}`} onClick={(event) => lead(event, id)}>
                    {fault}
                  </a>
                </li>
              ))}
            </ul>
          </>
        ) : (
          <p>{why(saving.error)}</p>
        )}
      </Alert>
    </div>
  );
}

function lead(event: Event, id: string) {
  event.preventDefault();
  const field = document.getElementById(id) ?? document.querySelector<HTMLElement>(`[id^="${id}"]`);
  field?.focus();
  field?.scrollIntoView({ block: "center" });
}

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly optional?: boolean;
  readonly faults?: Faults | undefined;
}

function Field(props: FieldProps & { children: ComponentChildren }) {
  const fault = props.faults?.[props.id];
  return (
    <div class="ds-field">
      <label class="ds-label" for={props.id}>
        {props.label}
        {props.optional === true ? <span class="hint"> ({text().optional})</span> : null}
      </label>
      {props.hint === undefined ? null : (
        <p id={`${props.id}-hint`} class="hint">
          {props.hint}
        </p>
      )}
      {props.children}
      {fault === undefined ? null : (
        <p id={`${props.id}-fault`} class="ds-validation-message">
          {fault}
        </p>
      )}
    </div>
  );
}

function described({ id, hint, faults }: FieldProps) {
  const fault = faults?.[id] !== undefined;
  const by = [hint === undefined ? null : `${id}-hint`, fault ? `${id}-fault` : null].filter((one) => one !== null).join(" ");
  return { id, "aria-invalid": fault ? ("true" as const) : undefined, "aria-describedby": by === "" ? undefined : by };
}

export function TextField(
  props: FieldProps & {
    readonly value: string;
    readonly set: (value: string) => void;
    readonly type?: "text" | "email" | "tel" | "time" | "date" | "datetime-local" | "search" | "password";
    readonly numeric?: boolean;
    readonly rows?: number;
    readonly autocomplete?: string;
    readonly placeholder?: string;
    /** Called when somebody leaves the field. */
    readonly leave?: () => void;
  },
) {
  const common = { ...described(props), class: "ds-input", value: props.value, placeholder: props.placeholder, onBlur: props.leave };
  return (
    <Field {...props}>
      {props.rows === undefined ? (
        <input
          {...common}
          type={props.type ?? "text"}
          inputMode={props.numeric === true ? "numeric" : undefined}
          autocomplete={props.autocomplete ?? "off"}
          onInput={(event) => props.set(event.currentTarget.value)}
        />
      ) : (
        <textarea {...common} rows={props.rows} onInput={(event) => props.set(event.currentTarget.value)} />
      )}
    </Field>
  );
}

export function Select(
  props: FieldProps & {
    readonly value: string;
    readonly set: (value: string) => void;
    readonly options: readonly (readonly [code: string, title: string])[];
  },
) {
  return (
    <Field {...props}>
      <select {...described(props)} class="ds-input" value={props.value} onChange={(event) => props.set(event.currentTarget.value)}>
        {props.options.map(([code, title]) => (
          <option key={code} value={code}>
            {title}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** One of two or three, all in sight. */
export function Choice<C extends string>(props: {
  readonly name: string;
  readonly label: string;
  readonly value: C;
  readonly set: (value: C) => void;
  readonly options: readonly (readonly [code: C, title: string])[];
}) {
  return (
    <fieldset class="choice">
      <legend>{props.label}</legend>
      <div class="choice-row">
        {props.options.map(([code, title]) => (
          <label key={code}>
            <input type="radio" name={props.name} checked={props.value === code} onChange={() => props.set(code)} />
            <span>{title}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Several of a few. */
export function Ticks(props: {
  readonly id: string;
  readonly label: string;
  readonly options: readonly (readonly [code: string, title: string, hint?: string])[];
  readonly chosen: readonly string[];
  readonly set: (chosen: readonly string[]) => void;
  readonly faults?: Faults;
}) {
  const fault = props.faults?.[props.id];
  return (
    <fieldset class="ticks" id={props.id} tabIndex={-1} aria-describedby={fault === undefined ? undefined : `${props.id}-fault`}>
      <legend class="ds-label">{props.label}</legend>
      {props.options.map(([code, title, hint]) => (
        <label key={code} class="tick">
          <input
            type="checkbox"
            checked={props.chosen.includes(code)}
            onChange={(event) =>
              props.set(event.currentTarget.checked ? [...props.chosen, code] : props.chosen.filter((one) => one !== code))
            }
          />
          <span>
            {title}
            {hint === undefined ? null : <span class="hint"> – {hint}</span>}
          </span>
        </label>
      ))}
      {fault === undefined ? null : (
        <p id={`${props.id}-fault`} class="ds-validation-message">
          {fault}
        </p>
      )}
    </fieldset>
  );
}

export function Tick(props: { readonly id: string; readonly label: string; readonly checked: boolean; readonly set: (checked: boolean) => void }) {
  return (
    <label class="tick">
      <input id={props.id} type="checkbox" checked={props.checked} onChange={(event) => props.set(event.currentTarget.checked)} />
      <span>{props.label}</span>
    </label>
  );
}

/** On or off from the moment it is touched: nothing is left to save. */
export function Switch(props: FieldProps & { readonly checked: boolean; readonly set: (checked: boolean) => void }) {
  const fault = props.faults?.[props.id];
  return (
    <div class="switch">
      <input {...described(props)} class="ds-input" type="checkbox" role="switch" checked={props.checked} onChange={(event) => props.set(event.currentTarget.checked)} />
      <div>
        <label class="ds-label" for={props.id}>
          {props.label}
        </label>
        {props.hint === undefined ? null : (
          <p id={`${props.id}-hint`} class="hint">
            {props.hint}
          </p>
        )}
        {fault === undefined ? null : (
          <p id={`${props.id}-fault`} class="ds-validation-message" role="alert">
            {fault}
          </p>
        )}
      </div>
    </div>
  );
}

export function Save(props: { readonly saving: Saving; readonly label?: string; readonly cancel?: () => void; readonly danger?: boolean }) {
  return (
    <>
      <Summary saving={props.saving} />
      <p class="buttons">
        <button type="submit" class="ds-button" data-color={props.danger === true ? "danger" : undefined} aria-busy={props.saving.busy}>
          {props.label ?? text().save}
        </button>
        {props.cancel === undefined ? null : (
          <button type="button" class="ds-button" data-variant="tertiary" onClick={props.cancel}>
            {text().cancel}
          </button>
        )}
      </p>
    </>
  );
}

/** Whether somebody else has changed it since it was read. */
export function isStale(error: unknown): boolean {
  return error instanceof Refused && error.status === 412;
}

export interface Difference {
  readonly label: string;
  readonly theirs: string;
  readonly mine: string;
}

/** What somebody else has changed meanwhile, beside what one is about to save. */
export function Conflict({ differences }: { readonly differences: readonly Difference[] }) {
  const t = text().conflict;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.focus();
  }, []);
  return (
    <div ref={box} tabIndex={-1} class="fault-summary">
      <Alert color="warning" live>
        <p>
          <strong>{t.title}</strong>
        </p>
        {differences.length === 0 ? (
          <p>{t.elsewhere}</p>
        ) : (
          <ul>
            {differences.map(({ label, theirs, mine }) => (
              <li key={label}>{t.line(label, theirs === "" ? t.empty : theirs, mine === "" ? t.empty : mine)}</li>
            ))}
          </ul>
        )}
        <p>{t.keep}</p>
      </Alert>
    </div>
  );
}

/** Asks before what cannot be taken back. */
export function Confirm(props: {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly label: string;
  readonly danger?: boolean;
  readonly saving: Saving;
  readonly yes: () => void;
  readonly no: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="ds-dialog" aria-labelledby="confirm-title" onClose={props.no}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          props.yes();
        }}
      >
        <h2 id="confirm-title" class="ds-heading" data-size="xs">
          {props.title}
        </h2>
        {props.children}
        <Save saving={props.saving} label={props.label} cancel={props.no} danger={props.danger === true} />
      </form>
    </dialog>
  );
}
