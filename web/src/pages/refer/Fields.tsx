/** The parts that the form is made of: each with its label, its help and what is wrong with it. */
import type { ComponentChildren } from "preact";
import type { Field } from "./form";
import { faults } from "./state";
import { text } from "./words";

/** What is wrong with a field, and how its input tells a screen reader. */
export function wrong(field: Field) {
  const found = faults.value.filter((fault) => fault.field === field);
  const id = `refer-${field}-wrong`;
  return {
    props: found.length > 0 ? ({ "aria-invalid": "true", "aria-describedby": id } as const) : {},
    message:
      found.length > 0 ? (
        <p id={id} class="ds-validation-message">
          {found.map((fault) => fault.text).join(" ")}
        </p>
      ) : null,
  };
}

export function Optional() {
  return <span class="optional">{text().optional}</span>;
}

interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

interface Group {
  readonly field: Field;
  readonly legend: string;
  readonly optional?: boolean;
  readonly big?: boolean;
  readonly children?: ComponentChildren;
}

/** Choices of which one holds. */
export function Radios<T extends string>(props: Group & { value: T; options: readonly Option<T>[]; choose: (value: T) => void }) {
  return (
    <Chips {...props}>
      {props.options.map(({ value, label, hint }) => (
        <Chip key={value} label={label} hint={hint}>
          <input type="radio" name={props.field} value={value} checked={props.value === value} onChange={() => props.choose(value)} />
        </Chip>
      ))}
      {props.children}
    </Chips>
  );
}

/** Choices of which several may hold. */
export function Checks<T extends string>(props: Group & { value: readonly T[]; options: readonly Option<T>[]; choose: (value: T[]) => void }) {
  const toggle = (value: T) => props.choose(props.value.includes(value) ? props.value.filter((one) => one !== value) : [...props.value, value]);
  return (
    <Chips {...props}>
      {props.options.map(({ value, label }) => (
        <Chip key={value} label={label}>
          <input type="checkbox" name={props.field} value={value} checked={props.value.includes(value)} onChange={() => toggle(value)} />
        </Chip>
      ))}
      {props.children}
    </Chips>
  );
}

function Chips({ field, legend, optional, big, children }: Group) {
  const { message } = wrong(field);
  return (
    <fieldset class="chips" id={`refer-${field}`} data-big={big} data-wrong={message !== null} tabIndex={-1} aria-describedby={message === null ? undefined : `refer-${field}-wrong`}>
      <legend>
        {legend} {optional === true ? <Optional /> : null}
      </legend>
      <div class="chips-row">{children}</div>
      {message}
    </fieldset>
  );
}

function Chip({ label, hint, children }: { label: string; hint?: string | undefined; children: ComponentChildren }) {
  return (
    <label class="chip">
      {children}
      <span>
        {label}
        {hint === undefined ? null : <small>{hint}</small>}
      </span>
    </label>
  );
}

interface Line {
  readonly field: Field;
  readonly label: string;
  readonly value: string;
  readonly write: (value: string) => void;
  readonly optional?: boolean;
  readonly help?: string | undefined;
  readonly rows?: number;
  readonly max?: number;
  readonly input?: Record<string, string | boolean | undefined>;
}

/** A field for words: of one line, or of several when it has `rows`. */
export function Write({ field, label, value, write, optional, help, rows, max, input }: Line) {
  const { props, message } = wrong(field);
  const id = `refer-${field}`;
  const described = [help === undefined ? "" : `${id}-help`, props["aria-describedby"] ?? ""].filter(Boolean).join(" ");
  const shared = {
    id,
    class: "ds-input",
    value,
    maxLength: max,
    ...props,
    "aria-describedby": described === "" ? undefined : described,
    onInput: (event: { currentTarget: { value: string } }) => write(event.currentTarget.value),
  };
  return (
    <div class="ds-field">
      <label class="ds-label" for={id}>
        {label} {optional === true ? <Optional /> : null}
      </label>
      {help === undefined ? null : (
        <p class="help" id={`${id}-help`}>
          {help}
        </p>
      )}
      {rows === undefined ? <input type="text" autocomplete="off" {...shared} {...input} /> : <textarea rows={rows} {...shared} {...input} />}
      {message}
    </div>
  );
}

/** A list to choose from, in groups. */
export function Choose(props: {
  field: string;
  label: string;
  value: string;
  choose: (value: string) => void;
  empty?: string;
  hideLabel?: boolean;
  optional?: boolean;
  groups: readonly { readonly label?: string; readonly options: readonly (readonly [string, string])[] }[];
}) {
  const id = `refer-${props.field}`;
  const options = (list: readonly (readonly [string, string])[]) => list.map(([value, label]) => <option key={value} value={value}>{label}</option>);
  return (
    <div class="ds-field">
      <label class={props.hideLabel === true ? "visually-hidden" : "ds-label"} for={id}>
        {props.label} {props.optional === true ? <Optional /> : null}
      </label>
      <select id={id} class="ds-input" value={props.value} onChange={(event) => props.choose(event.currentTarget.value)}>
        {props.empty === undefined ? null : <option value="">{props.empty}</option>}
        {props.groups.map(({ label, options: list }) => (label === undefined ? options(list) : <optgroup key={label} label={label}>{options(list)}</optgroup>))}
      </select>
    </div>
  );
}
