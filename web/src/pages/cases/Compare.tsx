import { useLocation, useRoute } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import back from "@navikt/aksel-icons/svg/ArrowLeft.svg?raw";
import { caseState } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { When } from "../../referral/Marks";
import { Alert } from "../../ui/Alert";
import { Failed } from "../../ui/Failed";
import { Save, TextField, isStale, useSaving } from "../../ui/form";
import { Icon } from "../../ui/Icon";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { useFocus, useTitle } from "../../ui/title";
import { type Case, type Row, act, offered, page, read } from "./api";
import { ParticipantRows } from "./Coordinator";
import { MemberRows } from "./Members";
import { Youth } from "./Youth";
import { text } from "./words";
import "./cases.css";

/** Two cases that may be about the same youth, side by side; and then one, when somebody who knows both says so. */
export default function Compare() {
  const t = text();
  const { params } = useRoute();
  const { query, route } = useLocation();
  const heading = useFocus<HTMLHeadingElement>();
  const name = params.id ?? "";
  const other = query.med ?? "";
  useTitle(t.compare.title);
  const here = useLoad(() => read(name), [name]);
  const there = useLoad(() => (other === "" ? Promise.resolve(null) : read(other)), [other]);
  const same = here.data !== null && here.data.id === there.data?.id;
  return (
    <section class="page wide cases">
      <p>
        <a class="ds-link with-icon" href={`/sak/${name}`}>
          <Icon svg={back} />
          {t.page.title(name)}
        </a>
      </p>
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {t.compare.title}
        </h1>
        <p class="subtle">{t.compare.lead}</p>
      </div>
      {here.error === null ? null : <Failed error={here.error} again={here.again} />}
      <Choose key={other} own={name} chosen={other} choose={(reference) => route(`/sak/${name}/sammenlign?med=${reference}`)} />
      {there.error === null ? null : <Failed error={there.error} />}
      {other !== "" && there.busy ? <Loading /> : null}
      {here.data === null || there.data == null ? null : same ? (
        <Alert color="info">{t.compare.same}</Alert>
      ) : (
        <>
          <div class="compare">
            <Side found={here.data} />
            <Side found={there.data} />
          </div>
          <Merge
            here={here.data}
            there={there.data}
            renew={() => {
              here.again();
              there.again();
            }}
            onDone={(kept) => route(`/sak/${kept.reference}`)}
          />
        </>
      )}
    </section>
  );
}

/** The other case: by its reference, or among those that one knows. */
function Choose({ own, chosen, choose }: { own: string; chosen: string; choose: (reference: string) => void }) {
  const t = text().compare;
  const [typed, setTyped] = useState(chosen);
  const [known, setKnown] = useState<readonly Row[]>([]);
  useEffect(() => {
    page({ state: "open", limit: 20 }).then(
      ({ items }) => setKnown(items.filter((row) => row.reference !== own)),
      () => setKnown([]),
    );
  }, [own]);
  return (
    <form
      class="card compare-choose"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim() !== "") choose(typed.trim().toUpperCase());
      }}
    >
      <div class="ds-field">
        <label class="ds-label" for="compare-with">
          {t.with}
        </label>
        <p class="hint" id="compare-hint">
          {t.withHint}
        </p>
        <div class="with-button">
          <input
            id="compare-with"
            class="ds-input"
            list="compare-known"
            autocomplete="off"
            spellcheck={false}
            aria-describedby="compare-hint"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
          <button type="submit" class="ds-button" data-variant="secondary">
            {t.show}
          </button>
        </div>
        <datalist id="compare-known">
          {known.map((row) => (
            <option key={row.id} value={row.reference}>
              {row.coordinator?.name ?? ""}
            </option>
          ))}
        </datalist>
      </div>
    </form>
  );
}

function Side({ found }: { found: Case }) {
  const t = text();
  return (
    <article class="compare-side" aria-labelledby={`side-${found.reference}`}>
      <div class="card">
        <h2 id={`side-${found.reference}`} class="ds-heading" data-size="xs">
          <a class="ds-link" href={`/sak/${found.reference}`}>
            {t.page.title(found.reference)}
          </a>
        </h2>
        <p>
          {capital(term(caseState, found.state))}, {t.list.opened.toLowerCase()} <When at={found.openedAt} />
        </p>
        <p>{found.coordinator == null ? t.coordinator.unknown : t.list.coordinates(found.coordinator.name, found.coordinatorPerson?.name ?? null)}</p>
        <h3 class="ds-heading" data-size="2xs">
          {t.participants.title}
        </h3>
        <ParticipantRows found={found} />
      </div>
      <Youth found={found} />
      <div class="card">
        <h3 class="ds-heading" data-size="2xs">
          {t.members.title}
        </h3>
        <MemberRows members={found.referrals} />
      </div>
    </article>
  );
}

/** Only for those to whom both cases offer it. The older one is kept, unless somebody knows better. */
function Merge({ here, there, renew, onDone }: { here: Case; there: Case; renew: () => void; onDone: (kept: Case) => void }) {
  const t = text().compare;
  const older = here.openedAt <= there.openedAt ? here : there;
  const [kept, setKept] = useState(older.id);
  const [reason, setReason] = useState("");
  const [faster, setFaster] = useState(false);
  const saving = useSaving("merge");
  const gone = kept === here.id ? there : here;
  const into = kept === here.id ? here : there;
  const merge = offered(gone, "merge");
  if (offered(here, "merge") === null || offered(there, "merge") === null || merge === null) return <Alert color="info">{t.notYours}</Alert>;
  const submit = async (event: Event) => {
    event.preventDefault();
    const wrong = reason.trim() === "" ? { "merge-reason": t.missing } : {};
    const done = await saving.attempt(async () => {
      try {
        return await act(gone, merge, { into: into.reference, reason: reason.trim() });
      } catch (error) {
        if (!isStale(error)) throw error;
        setFaster(true);
        renew();
        return null;
      }
    }, wrong);
    if (done !== null) onDone(done);
  };
  return (
    <form class="card stack" onSubmit={submit} noValidate>
      <fieldset class="choice">
        <legend>{t.keep}</legend>
        <div class="choice-row">
          {[here, there].map((one) => (
            <label key={one.id}>
              <input type="radio" name="kept" checked={kept === one.id} onChange={() => setKept(one.id)} />
              <span>
                {one.reference}
                {one.id === older.id ? ` (${t.older})` : ""}
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <p>{t.what(gone.reference, into.reference)}</p>
      <TextField id="merge-reason" label={t.reason} rows={3} value={reason} set={setReason} faults={saving.faults} />
      {faster ? <Alert color="warning" live>{t.faster}</Alert> : null}
      <Save saving={saving} label={t.merge(gone.reference, into.reference)} />
    </form>
  );
}
