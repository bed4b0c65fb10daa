import { useEffect, useState } from "preact/hooks";
import { api, must } from "../../api/client";
import { agreementLimit, urgency } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { now } from "../../i18n/time";
import { isDay, localDay } from "../../i18n/zone";
import { agencies } from "../../referral/directory";
import { type Faults, Save, Select, TextField, useSaving } from "../../ui/form";
import { useLoad } from "../../ui/load";
import type { Agency } from "./Agency";
import { type Agreement, text } from "./Agreements";
import { type Fields, PURPOSES, UNITS, URGENCIES, type Unit, fromFields, keyOf, toFields, usualUnit } from "./limits";

interface FormProps {
  readonly agency: Agency;
  /** The one whose next version this is. */
  readonly from: Agreement | null;
  readonly done: () => void;
  readonly cancel: () => void;
}

const nameOf = (purpose: string) => term(agreementLimit, purpose);
const idOf = (key: string) => `agreement-limits-${key.replace("/", "-")}`;

/** Proposes an agreement, or the next version of one. It counts once the other agency has said yes. */
export function AgreementForm({ agency, from, done, cancel }: FormProps) {
  const t = text();
  const f = t.form;
  const saving = useSaving("agreement");
  const others = useLoad(agencies, []);
  const [weSend, setWeSend] = useState(from === null || from.sender.id === agency.id);
  const [other, setOther] = useState(from === null ? "" : from.sender.id === agency.id ? from.receiver.slug : from.sender.slug);
  const [reference, setReference] = useState(from?.reference ?? "");
  const [fields, setFields] = useState(() => toFields(from?.limits ?? {}));
  const [validFrom, setValidFrom] = useState(localDay(now.value));
  const [validTo, setValidTo] = useState("");
  useEffect(() => document.getElementById(from === null ? "agreement-other" : "agreement-reference")?.focus(), []);

  const wrong = (): Faults => {
    const found: Record<string, string> = {};
    const { limits, wrong } = fromFields(fields);
    if (other === "") found["agreement-other"] = f.needOther;
    if (reference.trim() === "") found["agreement-reference"] = f.needReference;
    for (const key of wrong) {
      const [purpose = "", code = ""] = key.split("/");
      found[idOf(key)] = f.badLimit(nameOf(purpose), term(urgency, code));
    }
    if (wrong.length === 0 && Object.keys(limits).length === 0) found[idOf(keyOf(PURPOSES[0] ?? "", URGENCIES[0] ?? ""))] = f.needLimit;
    if (!isDay(validFrom) || validFrom < localDay(now.value)) found["agreement-validFrom"] = f.needFrom;
    if (validTo !== "" && (!isDay(validTo) || validTo < validFrom)) found["agreement-validTo"] = f.needTo;
    return found;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const body = {
      sender: weSend ? agency.slug : other,
      receiver: weSend ? other : agency.slug,
      reference: reference.trim(),
      limits: fromFields(fields).limits as Record<string, Record<string, string>>,
      validFrom,
      validTo: validTo === "" ? null : validTo,
    };
    const stored = await saving.attempt(
      () => must(api.POST("/api/v1/agencies/{agency}/agreements", { params: { path: { agency: agency.slug } }, body })),
      wrong(),
    );
    if (stored !== null) done();
  };
  const partner = weSend ? "receiver" : "sender";
  // The server names the party in its complaint; here it is one field.
  const faults = { ...saving.faults, ...(saving.faults[`agreement-${partner}`] === undefined ? {} : { "agreement-other": saving.faults[`agreement-${partner}`] ?? "" }) };
  const options = (others.data ?? []).filter(({ id }) => id !== agency.id).map(({ slug, name }) => [slug, name] as const);
  return (
    <form class="card stack" onSubmit={submit} noValidate aria-labelledby="agreement-title">
      <h2 id="agreement-title" class="ds-heading" data-size="2xs">
        {from === null ? f.title : t.anew}
      </h2>
      {from === null ? null : <p class="subtle">{t.anewHint}</p>}
      {from !== null ? (
        <p>
          <strong>{t.between(from.sender.name, from.receiver.name)}</strong>
        </p>
      ) : (
        <>
          <Select id="agreement-other" label={f.other} value={other} set={setOther} options={[["", f.choose], ...options]} faults={faults} />
          <fieldset class="choice">
            <legend>{f.direction}</legend>
            <div class="choice-row">
              {[true, false].map((ours) => (
                <label key={String(ours)}>
                  <input type="radio" name="direction" checked={weSend === ours} onChange={() => setWeSend(ours)} />
                  <span>{ours ? f.weSend(agency.name) : f.theySend(agency.name)}</span>
                </label>
              ))}
            </div>
          </fieldset>
        </>
      )}
      <TextField id="agreement-reference" label={f.reference} hint={f.referenceHint} value={reference} set={setReference} faults={faults} />
      <LimitFields fields={fields} set={setFields} faults={faults} />
      <div class="pair">
        <TextField id="agreement-validFrom" label={f.validFrom} type="date" value={validFrom} set={setValidFrom} faults={faults} />
        <TextField id="agreement-validTo" label={f.validTo} type="date" optional value={validTo} set={setValidTo} faults={faults} />
      </div>
      <Save saving={saving} label={f.save} cancel={cancel} />
    </form>
  );
}

function LimitFields({ fields, set, faults }: { fields: Fields; set: (fields: Fields) => void; faults: Faults }) {
  const t = text();
  const f = t.form;
  return (
    <fieldset class="limit-fields">
      <legend class="ds-label">{f.limits}</legend>
      <p class="hint">{f.limitsHint}</p>
      {PURPOSES.map((purpose) => (
        <fieldset key={purpose}>
          <legend>{nameOf(purpose)}</legend>
          <div class="limit-row">
            {URGENCIES.map((code) => {
              const key = keyOf(purpose, code);
              const id = idOf(key);
              const typed = fields[key] ?? { count: "", unit: usualUnit(code) };
              const fault = faults[id];
              return (
                <div key={code} class="limit">
                  <span aria-hidden="true">{capital(term(urgency, code))}</span>
                  <span class="limit-inputs">
                    <input
                      id={id}
                      class="ds-input"
                      type="text"
                      inputMode="numeric"
                      autocomplete="off"
                      maxLength={4}
                      aria-label={f.count(nameOf(purpose), term(urgency, code))}
                      aria-invalid={fault === undefined ? undefined : "true"}
                      aria-describedby={fault === undefined ? undefined : `${id}-fault`}
                      value={typed.count}
                      onInput={(event) => set({ ...fields, [key]: { ...typed, count: event.currentTarget.value } })}
                    />
                    <select
                      class="ds-input"
                      aria-label={f.unit(nameOf(purpose), term(urgency, code))}
                      value={typed.unit}
                      onChange={(event) => set({ ...fields, [key]: { ...typed, unit: event.currentTarget.value as Unit } })}
                    >
                      {UNITS.map((unit) => (
                        <option key={unit} value={unit}>
                          {t.units[unit][typed.count.trim() === "1" ? 0 : 1]}
                        </option>
                      ))}
                    </select>
                  </span>
                  {fault === undefined ? null : (
                    <p id={`${id}-fault`} class="ds-validation-message">
                      {fault}
                    </p>
                  )}
                </div>
              );
            })}
          </div>
        </fieldset>
      ))}
    </fieldset>
  );
}
