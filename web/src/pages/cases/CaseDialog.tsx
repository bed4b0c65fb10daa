/** Asks for what an action on a case wants to know, by the schema that comes with it. What was written stays until it has been taken. */
import { useEffect, useRef, useState } from "preact/hooks";
import { me } from "../../api/session";
import { type Colleague, staff } from "../../referral/directory";
import { need as needs } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { type Difference, Conflict, Save, Select, TextField, Ticks, isStale, useSaving } from "../../ui/form";
import { When } from "../../referral/Marks";
import { type Action, type Case, type Entry, type Input, act } from "./api";
import { text } from "./words";
import "../../referral/dialog.css";

interface Property {
  readonly type?: string;
  readonly title?: string;
  readonly format?: string;
}

interface CaseDialogProps {
  readonly found: Case;
  readonly log: readonly Entry[];
  readonly action: Action;
  readonly given: Input;
  /** Reads the case anew, when somebody else was faster. */
  readonly renew: () => Promise<Case>;
  readonly onDone: (now: Case) => void;
  readonly onClose: () => void;
}

export default function CaseDialog({ found, log, action, given: start, renew, onDone, onClose }: CaseDialogProps) {
  const t = text();
  const dialog = useRef<HTMLDialogElement>(null);
  const schema = action.input as { properties?: Record<string, Property>; required?: string[] };
  const properties = Object.entries(schema.properties ?? {});
  // Where the server's complaints point: into the input of a transition, else into the body itself.
  const prefix = action.request.endsWith("/transitions") ? "case-input" : "case";
  const [given, setGiven] = useState<Input>(start);
  const [faster, setFaster] = useState<readonly Difference[] | null>(null);
  const saving = useSaving("case");
  useEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>(".dialog-fields :is(input, textarea, select)")?.focus();
  }, []);
  const set = (name: string, value: unknown) => setGiven((before) => ({ ...before, [name]: value }));
  const submit = async (event: Event) => {
    event.preventDefault();
    const input = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "" && value !== undefined));
    const must = action.action === "add-referral" ? properties.map(([name]) => name) : (schema.required ?? []);
    const missing = must.filter((name) => typeof input[name] !== "string" || input[name].trim() === "");
    const wrong = Object.fromEntries(missing.map((name) => [`${prefix}-${name}`, t.dialog.missing(schema.properties?.[name]?.title ?? name)]));
    const done = await saving.attempt(async () => {
      try {
        return await act(found, action, input);
      } catch (error) {
        if (!isStale(error)) throw error;
        await renew();
        setFaster([]);
        return null;
      }
    }, wrong);
    if (done !== null) onDone(done);
  };
  return (
    <dialog ref={dialog} class="ds-dialog action-dialog" aria-labelledby="case-action-title" onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <h2 id="case-action-title" class="ds-heading" data-size="xs">
          {action.action === "add-referral" ? t.page.attach : action.title}
        </h2>
        <p class="subtle">{t.dialog.about[action.action] ?? t.page.title(found.reference)}</p>
        {faster === null ? null : <Conflict differences={faster} />}
        <div class="dialog-fields">
          {action.action === "change-needs" ? (
            <Needs found={found} set={(changed) => setGiven(changed)} />
          ) : (
            properties.map(([name, property]) => (
              <Field
                key={name}
                id={`${prefix}-${name}`}
                label={property.title ?? name}
                optional={!(schema.required ?? []).includes(name) && action.action !== "add-referral"}
                property={property}
                name={name}
                found={found}
                log={log}
                value={typeof given[name] === "string" ? given[name] : ""}
                set={(value) => set(name, value)}
                faults={saving.faults}
              />
            ))
          )}
        </div>
        <Save saving={saving} label={action.action === "add-referral" ? t.page.attach : action.title} cancel={() => dialog.current?.close()} />
      </form>
    </dialog>
  );
}

interface FieldProps {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly optional: boolean;
  readonly property: Property;
  readonly found: Case;
  readonly log: readonly Entry[];
  readonly value: string;
  readonly set: (value: string) => void;
  readonly faults: Readonly<Record<string, string>>;
}

function Field(props: FieldProps) {
  const t = text().dialog;
  const { property, found, name, ...field } = props;
  if (property.format === "agency") {
    // Whoever takes part may be asked; the one who coordinates does so already.
    const others = found.participants.filter(({ agency }) => agency.id !== found.coordinator?.id);
    return <Select {...field} options={[["", t.choose], ...others.map(({ agency }) => [agency.slug, agency.name] as const)]} />;
  }
  if (property.format === "person") {
    return <Person {...props} />;
  }
  if (name === "case") return <Merged {...props} />;
  if (name === "attach") return <TextField {...field} label={t.reference} hint={t.referenceHint} />;
  return <TextField {...field} {...(name === "reason" ? { rows: 4 } : {})} />;
}

/** Who coordinates in one's own agency: the one that was asked to, else the one that does. */
function Person({ id, label, optional, value, set, faults, found }: FieldProps) {
  const t = text().dialog;
  const [people, setPeople] = useState<readonly Colleague[]>([]);
  const agency = (found.proposal?.to ?? found.coordinator)?.slug;
  useEffect(() => {
    if (agency !== undefined) staff(agency).then(setPeople, () => setPeople([]));
  }, [agency]);
  const field = { id, label, optional, value, set, faults };
  return <Select {...field} options={[["", t.choose], ["me", t.me(me.value?.displayName ?? "")], ...people.map(({ id, name }) => [id, name] as const)]} />;
}

/** The cases that were merged into this one and have not left again: the log knows them by their own histories. */
function Merged({ id, label, found, log, value, set, faults }: FieldProps) {
  const t = text().dialog;
  const ids = [...new Set(log.map((entry) => entry.caseId))].filter((one) => one !== found.id);
  const there = ids.filter((one) => log.filter((entry) => entry.caseId === one && ["merged-into", "split-off"].includes(entry.kind)).at(-1)?.kind === "merged-into");
  return (
    <fieldset class="radios" id={id} tabIndex={-1}>
      <legend class="ds-label">{label}</legend>
      {there.map((one) => {
        const opened = log.find((entry) => entry.caseId === one);
        const references = log.flatMap((entry) => (entry.caseId === one && entry.referral != null ? [entry.referral.reference] : []));
        return (
          <label key={one}>
            <input type="radio" name={id} checked={value === one} onChange={() => set(one)} />
            <span>
              {t.openedAt} {opened === undefined ? null : <When at={opened.at} />}
              {references.length === 0 ? null : <span class="subtle"> {references.join(", ")}</span>}
            </span>
          </label>
        );
      })}
      {faults[id] === undefined ? null : <p class="ds-validation-message">{faults[id]}</p>}
    </fieldset>
  );
}

/** The needs that stand on the case itself. Those that a referral asks for are the referral's. */
function Needs({ found, set }: { found: Case; set: (changed: Input) => void }) {
  const t = text().dialog;
  const asked = found.needs.filter(({ cover }) => cover !== "nobody").map(({ need }) => need as string);
  const before = found.needs.filter(({ cover }) => cover === "nobody").map(({ need }) => need as string);
  const [chosen, setChosen] = useState<readonly string[]>(before);
  const options = Object.keys(needs.nb)
    .filter((code) => !asked.includes(code))
    .map((code) => [code, capital(term(needs, code))] as const);
  return (
    <Ticks
      id="case-addNeeds"
      label={t.needs}
      options={options}
      chosen={chosen}
      set={(now) => {
        setChosen(now);
        set({ addNeeds: now.filter((code) => !before.includes(code)), removeNeeds: before.filter((code) => !now.includes(code)) });
      }}
    />
  );
}
