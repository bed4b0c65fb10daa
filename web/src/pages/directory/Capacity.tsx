import { useState } from "preact/hooks";
import { type Schemas, Refused, api, must } from "../../api/client";
import { me } from "../../api/session";
import { language } from "../../i18n";
import { capacityNote, capacityStatus, need } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { now, span } from "../../i18n/time";
import { Alert } from "../../ui/Alert";
import { Failed } from "../../ui/Failed";
import { type Loaded, useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { isNeed } from "./filter";
import { text } from "./words";

type Told = Schemas["AgencyCapacity"];

/** Whether they can take somebody in, as they have said themselves, and how long ago that was. */
export function Capacity({ agency }: { agency: Schemas["AgencyEntry"] }) {
  const t = text().capacity;
  const path = { agency: agency.slug };
  const told = useLoad(() => must(api.GET("/api/v1/agencies/{agency}/capacity", { params: { path } })), [agency.slug]);
  const mine = me.value?.agencies.some(({ id, roles }) => id === agency.id && roles.some((role) => role === "worker" || role === "lead")) === true;
  return (
    <section class="card stack" aria-labelledby="capacity">
      <h2 id="capacity" class="ds-heading" data-size="2xs">
        {t.title}
      </h2>
      {told.error === null ? null : <Failed error={told.error} again={told.again} />}
      {told.data === null ? (
        told.error === null ? <Loading /> : null
      ) : told.data.reports.length === 0 ? (
        <p class="subtle">{t.none}</p>
      ) : (
        <ul class="capacity">
          {told.data.reports.map((report) => (
            <Report key={report.need ?? ""} report={report} />
          ))}
        </ul>
      )}
      {mine && told.data !== null ? <Say agency={agency} told={told} version={told.data.version} /> : null}
    </section>
  );
}

function Report({ report }: { report: Told["reports"][number] }) {
  const t = text().capacity;
  const said = t.said(span(Math.max(0, now.value - Date.parse(report.reportedAt)), language.value === "nb"));
  const what = report.need == null ? t.all : capital(term(need, report.need));
  const places = report.free == null ? null : t.free(report.free);
  const words = [report.stale ? null : capital(report.title), places, report.noteTitle].filter((part) => part != null).join(" · ");
  return (
    <li>
      <p>
        <strong>{what}</strong>
      </p>
      <p class={report.stale ? "subtle" : undefined}>
        {words === "" ? null : `${words} `}
        <span class="subtle">({said})</span>
      </p>
      {report.stale ? <p class="subtle">{t.stale}</p> : null}
    </li>
  );
}

/** For those who work there: two choices and it is told. */
function Say({ agency, told, version }: { agency: Schemas["AgencyEntry"]; told: Loaded<Told>; version: number }) {
  const t = text().capacity;
  const [open, setOpen] = useState(false);
  const [done, setDone] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>(null);
  const [what, setWhat] = useState("");
  const [status, setStatus] = useState<keyof typeof capacityStatus.nb>("open");
  const [places, setPlaces] = useState("");
  const [note, setNote] = useState("");
  const wrong = places.trim() !== "" && !/^\d{1,4}$/.test(places.trim());
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy || wrong) return;
    setBusy(true);
    setFailed(null);
    const body = {
      ...(isNeed(what) ? { need: what } : {}),
      ...(status === "full" || places.trim() === "" ? { status } : { status, free: Number(places) }),
      ...(isNote(note) ? { note } : {}),
    };
    try {
      const answer = api.PUT("/api/v1/agencies/{agency}/capacity", {
        params: { path: { agency: agency.slug }, header: { "If-Match": `"${String(version)}"` } },
        body,
      });
      told.set(await must(answer));
      setDone(true);
      setOpen(false);
    } catch (error) {
      setFailed(error);
      // Somebody was faster: their words come above ours, which stay as they are.
      if (error instanceof Refused && error.status === 412) told.again();
    }
    setBusy(false);
  };
  const begin = () => {
    setOpen(true);
    setDone(false);
  };
  if (!open) {
    return (
      <>
        {done ? (
          <Alert color="success" live>
            {t.done}
          </Alert>
        ) : null}
        <p>
          <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={begin}>
            {t.report}
          </button>
        </p>
      </>
    );
  }
  return (
    <form class="stack" onSubmit={submit} noValidate>
      <div class="ds-field">
        <label class="ds-label" for="capacity-need">
          {t.what}
        </label>
        <select id="capacity-need" class="ds-input" value={what} onChange={(event) => setWhat(event.currentTarget.value)}>
          <option value="">{t.all}</option>
          {Object.keys(need.nb).map((code) => (
            <option key={code} value={code}>
              {capital(term(need, code))}
            </option>
          ))}
        </select>
      </div>
      <fieldset class="choice">
        <legend>{t.status}</legend>
        <div class="choice-row">
          {Object.keys(capacityStatus.nb).map((code) => (
            <label key={code}>
              <input type="radio" name="status" checked={status === code} onChange={() => isStatus(code) && setStatus(code)} />
              <span>{capital(term(capacityStatus, code))}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {status === "full" ? null : (
        <div class="ds-field">
          <label class="ds-label" for="capacity-places">
            {t.places} <span class="hint">({t.placesHint})</span>
          </label>
          <input
            id="capacity-places"
            class="ds-input"
            inputMode="numeric"
            autocomplete="off"
            value={places}
            aria-invalid={wrong ? "true" : undefined}
            aria-describedby={wrong ? "capacity-places-wrong" : undefined}
            onInput={(event) => setPlaces(event.currentTarget.value)}
          />
          {wrong ? (
            <p id="capacity-places-wrong" class="ds-validation-message">
              {t.badPlaces}
            </p>
          ) : null}
        </div>
      )}
      <div class="ds-field">
        <label class="ds-label" for="capacity-note">
          {t.note}
        </label>
        <select id="capacity-note" class="ds-input" value={note} onChange={(event) => setNote(event.currentTarget.value)}>
          <option value="">{t.noNote}</option>
          {Object.keys(capacityNote.nb).map((code) => (
            <option key={code} value={code}>
              {capital(term(capacityNote, code))}
            </option>
          ))}
        </select>
      </div>
      {failed === null ? null : <Failed error={failed} />}
      <p>
        <button type="submit" class="ds-button" aria-busy={busy}>
          {t.submit}
        </button>
      </p>
    </form>
  );
}

function isStatus(code: string): code is keyof typeof capacityStatus.nb {
  return code in capacityStatus.nb;
}

function isNote(code: string): code is keyof typeof capacityNote.nb {
  return code in capacityNote.nb;
}
