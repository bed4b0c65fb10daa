/** The fields of a dialog, one for each type that a definition knows. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { agencyKind, consentGiver } from "../i18n/codes";
import { capital, term } from "../i18n/terms";
import { shell } from "../shell/words";
import type { Referral } from "./api";
import { type Agency, type Basis, type Colleague, agencies, definition, staff } from "./directory";
import type { Property } from "./schema";
import { dialogText } from "./dialog-words";

export interface FieldProps {
  readonly id: string;
  readonly property: Property;
  readonly referral: Referral;
  readonly value: unknown;
  readonly optional: boolean;
  readonly error: string | undefined;
  readonly set: (value: unknown) => void;
}

/** A field by its type; one that this page does not know is written as text, and the server judges. */
export function Field(props: FieldProps) {
  const { property } = props;
  if (property.oneOf !== undefined) return <Coded {...props} />;
  if (property.format === "agency") return <AgencyField {...props} />;
  if (property.format === "person") return <PersonField {...props} />;
  if (property.format === "legal-basis") return <BasisField {...props} />;
  return <Prose {...props} />;
}

function Label({ id, children, optional }: { id: string; children: string; optional: boolean }) {
  return (
    <label class="ds-label" for={id}>
      {children} {optional ? <span class="subtle">{dialogText().optional}</span> : null}
    </label>
  );
}

function Complaint({ id, error }: { id: string; error: string | undefined }) {
  return error === undefined ? null : (
    <p id={`${id}-error`} class="ds-validation-message">
      {error}
    </p>
  );
}

function marks(id: string, error: string | undefined) {
  return error === undefined ? {} : { "aria-invalid": "true" as const, "aria-describedby": `${id}-error` };
}

function string(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function Prose({ id, property, value, optional, error, set }: FieldProps) {
  return (
    <div class="ds-field">
      <Label id={id} optional={optional}>
        {property.title ?? id}
      </Label>
      <textarea
        id={id}
        class="ds-input"
        rows={4}
        maxLength={property.maxLength}
        value={string(value)}
        onInput={(event) => set(event.currentTarget.value)}
        {...marks(id, error)}
      />
      <Complaint id={id} error={error} />
    </div>
  );
}

/** A few choices are shown, for choosing among what one sees is faster than opening a list. */
function Coded({ id, property, value, optional, error, set }: FieldProps) {
  const chosen = string(value === undefined ? property.default : value);
  return (
    <fieldset class="radios" {...marks(id, error)}>
      <legend class="ds-label">
        {property.title ?? id} {optional ? <span class="subtle">{dialogText().optional}</span> : null}
      </legend>
      {property.oneOf?.map((option, index) => (
        <label key={option.const}>
          <input
            type="radio"
            id={index === 0 ? id : undefined}
            name={id}
            value={option.const}
            checked={chosen === option.const}
            onChange={() => set(option.const)}
          />
          {capital(option.title)}
        </label>
      ))}
      <Complaint id={id} error={error} />
    </fieldset>
  );
}

const SHOWN = 7;

function AgencyField({ id, property, referral, value, error, set }: FieldProps) {
  const t = dialogText();
  const [all, setAll] = useState<readonly Agency[] | null>(null);
  const [sought, setSought] = useState("");
  const here = referral.handoff?.receiver?.id;
  const { id: workflow, version } = referral.workflow;
  useEffect(() => {
    // Those whom the workflow admits, without the one that has it before it on the table.
    Promise.all([agencies(), definition(workflow, version)]).then(
      ([found, { receivers }]) => {
        const kinds = new Set(receivers.map((kind) => kind.code));
        setAll(found.filter((agency) => agency.id !== here && kinds.has(agency.kind)));
      },
      () => setAll([]),
    );
  }, [here, workflow, version]);
  const fitting = useMemo(() => {
    const wanted = sought.trim().toLocaleLowerCase();
    const hits = (all ?? []).filter((agency) => agency.name.toLocaleLowerCase().includes(wanted));
    const chosen = hits.find((agency) => agency.slug === value);
    const shown = hits.slice(0, SHOWN);
    return chosen === undefined || shown.includes(chosen) ? shown : [chosen, ...shown.slice(1)];
  }, [all, sought, value]);
  return (
    <fieldset class="radios" {...marks(id, error)}>
      <legend class="ds-label">{property.title ?? id}</legend>
      <input
        id={id}
        class="ds-input"
        type="search"
        aria-label={t.agency}
        placeholder={t.agency}
        value={sought}
        onInput={(event) => setSought(event.currentTarget.value)}
        onKeyDown={(event) => {
          // Enter while searching takes the first that fits, and must not send the form.
          if (event.key !== "Enter") return;
          event.preventDefault();
          if (fitting[0] !== undefined) set(fitting[0].slug);
        }}
      />
      {all === null ? <p class="subtle">{shell().loading}</p> : null}
      {fitting.map((agency) => (
        <label key={agency.id}>
          <input type="radio" name={id} checked={value === agency.slug} onChange={() => set(agency.slug)} />
          <span>
            {agency.name}
            <span class="subtle">
              {" "}
              {term(agencyKind, agency.kind)}
              {agency.openNow == null ? "" : `, ${agency.openNow ? t.open : t.closed}`}
            </span>
          </span>
        </label>
      ))}
      {all !== null && fitting.length === 0 ? <p class="subtle">{t.agencyNone}</p> : null}
      <Complaint id={id} error={error} />
    </fieldset>
  );
}

/** Me first, then everybody who does casework in the receiver; the browser's own list finds a name by its first letters. */
function PersonField({ id, property, referral, value, optional, error, set }: FieldProps) {
  const t = dialogText();
  const [people, setPeople] = useState<readonly Colleague[]>([]);
  const receiver = referral.handoff?.receiver?.slug;
  useEffect(() => {
    if (receiver === undefined) return;
    staff(receiver).then(setPeople, () => setPeople([]));
  }, [receiver]);
  return (
    <div class="ds-field">
      <Label id={id} optional={optional}>
        {property.title ?? id}
      </Label>
      <select id={id} class="ds-input" value={string(value)} onChange={(event) => set(event.currentTarget.value)} {...marks(id, error)}>
        <option value="">{t.choose}</option>
        <option value="me">{t.me}</option>
        {people.map((colleague) => (
          <option key={colleague.id} value={colleague.id}>
            {colleague.deputy === null ? colleague.name : t.away(colleague.name, colleague.deputy)}
          </option>
        ))}
      </select>
      <Complaint id={id} error={error} />
    </div>
  );
}

interface BasisValue {
  code?: string;
  reason?: string;
  consent?: { by?: string; age?: number; scope?: string };
}

function BasisField({ id, property, referral, value, error, set }: FieldProps) {
  const t = dialogText();
  const [bases, setBases] = useState<readonly Basis[]>([]);
  const given = (value ?? {}) as BasisValue;
  const { id: workflow, version } = referral.workflow;
  useEffect(() => {
    definition(workflow, version).then(
      (found) => setBases(found.legalBases),
      () => setBases([]),
    );
  }, [workflow, version]);
  const change = (part: BasisValue) => {
    const next = { ...given, ...part };
    if (next.code !== "consent") delete next.consent;
    set(next);
  };
  const consent = given.consent ?? {};
  return (
    <fieldset class="radios" {...marks(id, error)}>
      <legend class="ds-label">{property.title ?? t.basis}</legend>
      {bases.map((basis, index) => (
        <label key={basis.code}>
          <input
            type="radio"
            id={index === 0 ? id : undefined}
            name={id}
            checked={given.code === basis.code}
            onChange={() => change({ code: basis.code })}
          />
          <span>
            {capital(basis.title)} <span class="subtle">{basis.legalRef}</span>
          </span>
        </label>
      ))}
      {given.code === "consent" ? (
        <div class="nested">
          <label class="ds-label" for={`${id}-by`}>
            {t.by}
          </label>
          <select
            id={`${id}-by`}
            class="ds-input"
            value={consent.by ?? ""}
            onChange={(event) => change({ consent: { ...consent, by: event.currentTarget.value } })}
          >
            <option value="">{t.choose}</option>
            <option value="youth">{capital(term(consentGiver, "youth"))}</option>
            <option value="guardians">{capital(term(consentGiver, "guardians"))}</option>
          </select>
          <label class="ds-label" for={`${id}-age`}>
            {t.age}
          </label>
          <input
            id={`${id}-age`}
            class="ds-input"
            type="number"
            min={0}
            max={120}
            value={consent.age ?? ""}
            onInput={(event) => change({ consent: { ...consent, age: event.currentTarget.valueAsNumber } })}
          />
          <label class="ds-label" for={`${id}-scope`}>
            {t.scope}
          </label>
          <textarea
            id={`${id}-scope`}
            class="ds-input"
            rows={2}
            value={consent.scope ?? ""}
            onInput={(event) => change({ consent: { ...consent, scope: event.currentTarget.value } })}
          />
        </div>
      ) : null}
      <label class="ds-label" for={`${id}-reason`}>
        {t.reason}
      </label>
      <textarea
        id={`${id}-reason`}
        class="ds-input"
        rows={3}
        value={given.reason ?? ""}
        onInput={(event) => change({ reason: event.currentTarget.value })}
      />
      <Complaint id={id} error={error} />
    </fieldset>
  );
}
