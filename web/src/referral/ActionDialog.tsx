/** Asks for what an action wants to know, and takes it. What was written stays until it has been taken. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Refused } from "../api/client";
import { shell } from "../shell/words";
import { Alert } from "../ui/Alert";
import { type Action, type Entry, type Input, type Referral, isStale, read, timeline } from "./api";
import { last, perform } from "./doing";
import { Field } from "./fields";
import { When } from "./Marks";
import { type InputSchema, inputOf, required } from "./schema";
import { dialogText } from "./dialog-words";
import "./dialog.css";

interface Conflict {
  readonly current: Referral;
  readonly meanwhile: readonly Entry[];
  readonly still: boolean;
}

interface ActionDialogProps {
  readonly referral: Referral;
  readonly action: Action;
  readonly onDone: () => void;
  /** For several at once: what it is about, and who does it. Each referral then has its own verdict. */
  readonly bulk?: { readonly about: string; readonly apply: (input: Input) => Promise<void> };
  readonly onClose: () => void;
}

export default function ActionDialog({ referral, action, bulk, onDone, onClose }: ActionDialogProps) {
  const t = dialogText();
  const schema = inputOf(action);
  const dialog = useRef<HTMLDialogElement>(null);
  const [given, setGiven] = useState<Input>({});
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const basis = conflict?.current ?? referral;
  useEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>(".dialog-fields :is(input, textarea, select)")?.focus();
  }, []);

  const must = required(schema, given);
  const names = inOrder(schema);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const input = clean(given);
    const missing = names.filter((name) => must.has(name) && input[name] === undefined);
    const complaints = missing.map((name) => [
      name,
      schema.properties[name]?.oneOf === undefined && schema.properties[name]?.format === undefined ? t.missing : t.pick,
    ]);
    setErrors(Object.fromEntries(complaints) as Record<string, string>);
    setFailed(null);
    if (missing[0] !== undefined) {
      document.getElementById(`input-${missing[0]}`)?.focus();
      return;
    }
    setBusy(true);
    try {
      if (bulk !== undefined) await bulk.apply(input);
      else await perform(basis, action.action, action.title, input);
      onDone();
    } catch (error) {
      // The dialog says it; the bar behind it need not.
      last.value = null;
      if (isStale(error)) await meet();
      else explain(error);
    } finally {
      setBusy(false);
    }
  };

  const meet = async () => {
    try {
      const [current, log] = await Promise.all([read(referral.reference), timeline(referral.reference)]);
      const meanwhile = log.filter((entry) => entry.version > basis.version && entry.action != null);
      setConflict({ current, meanwhile, still: current.actions.some((one) => one.action === action.action) });
    } catch (error) {
      explain(error);
    }
  };

  const explain = (error: unknown) => {
    if (!(error instanceof Refused) || error.problem === null) {
      setFailed(shell().problem.network);
      return;
    }
    const fields = (error.problem.errors ?? []).map((one) => [one.pointer.split("/")[2] ?? "", one.detail] as const);
    setErrors(Object.fromEntries(fields));
    const placed = fields.length > 0 && fields.every(([name]) => names.includes(name));
    setFailed(placed ? null : error.problem.detail);
    const first = fields.find(([name]) => names.includes(name));
    if (first !== undefined) document.getElementById(`input-${first[0]}`)?.focus();
  };

  const wrong = names.filter((name) => errors[name] !== undefined);
  return (
    <dialog ref={dialog} class="ds-dialog action-dialog" aria-labelledby="action-title" onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <h2 id="action-title" class="ds-heading" data-size="xs">
          {action.title}
        </h2>
        <p class="subtle">
          {bulk?.about ?? `${referral.reference} · ${referral.workflow.title}`}
        </p>
        {conflict === null ? null : (
          <Alert color="warning" live>
            <p>
              <strong>{t.stale.title}.</strong> {t.stale.text}
            </p>
            <ul>
              {conflict.meanwhile.map((entry) => (
                <li key={entry.id}>
                  {entry.title}, {entry.actor?.user.name ?? t.system}, <When at={entry.at} />
                </li>
              ))}
            </ul>
            <p>{conflict.still ? t.stale.still : t.stale.gone}</p>
          </Alert>
        )}
        <div class="dialog-fields">
          {names.map((name) => {
            const property = schema.properties[name];
            return property === undefined ? null : (
              <Field
                key={name}
                id={`input-${name}`}
                property={property}
                referral={basis}
                value={given[name]}
                optional={!must.has(name)}
                error={errors[name]}
                set={(value) => {
                  setGiven((before) => ({ ...before, [name]: value }));
                  // What is being mended is no longer a mistake.
                  setErrors((before) => Object.fromEntries(Object.entries(before).filter(([other]) => other !== name)));
                }}
              />
            );
          })}
        </div>
        {failed === null && wrong.length === 0 ? null : (
          <Alert color="danger" live>
            {failed !== null ? <p>{failed}</p> : null}
            {wrong.length === 0 ? null : (
              <>
                <p>{t.errors}:</p>
                <ul>
                  {wrong.map((name) => (
                    <li key={name}>
                      <a
                        href={`#input-${name}`}
                        onClick={(event) => {
                          event.preventDefault();
                          document.getElementById(`input-${name}`)?.focus();
                        }}
                      >
                        {schema.properties[name]?.title ?? name}
                      </a>
                    </li>
                  ))}
                </ul>
              </>
            )}
          </Alert>
        )}
        <div class="dialog-buttons">
          {conflict?.still === false ? null : (
            <button type="submit" class="ds-button" aria-busy={busy}>
              {action.title}
            </button>
          )}
          <button type="button" class="ds-button" data-variant="secondary" onClick={() => dialog.current?.close()}>
            {conflict?.still === false ? shell().close : shell().cancel}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** To whom, what, on which basis; what is written about it comes last. */
function inOrder({ properties }: InputSchema): readonly string[] {
  const kinds = ["agency", "person", "code", "legal-basis"];
  const place = (name: string) => {
    const property = properties[name];
    return (kinds.indexOf(property?.format ?? (property?.oneOf === undefined ? "" : "code")) + kinds.length + 1) % (kinds.length + 1);
  };
  return Object.keys(properties).toSorted((one, other) => place(one) - place(other));
}

/** Without what is empty: an optional field that was left alone is not sent. */
function clean(given: Input): Input {
  const full = Object.entries(given)
    .map(([name, value]) => [name, typeof value === "string" ? value.trim() : value] as const)
    .filter(([, value]) => value !== "" && value !== undefined);
  return Object.fromEntries(full);
}
