/** For leads: holds against erasure, insight for whoever is registered, erasure. What one may do, the server says when it is tried. */
import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { agencies } from "../../api/session";
import { language, words } from "../../i18n";
import { keeping as en } from "../../i18n/en/keeping";
import { keeping as nb } from "../../i18n/nb/keeping";
import { moment, now } from "../../i18n/time";
import type { Referral } from "../../referral/api";
import { Failed } from "../../ui/Failed";
import { Confirm, Select, Summary, useSaving } from "../../ui/form";
import { save } from "../../ui/save";
import { Hold } from "../follow/Due";

const text = words(nb, en);

type Holds = Schemas["HoldsOut"];
type Asking = "hold" | "lift" | "erase";

export default function Keeping({ referral, changed }: { referral: Referral; changed: () => void }) {
  const t = text();
  const [holds, setHolds] = useState<Holds | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [asking, setAsking] = useState<Asking | null>(null);
  const [told, setTold] = useState("");
  const params = { path: { id: referral.reference } };
  const show = () =>
    must(api.GET("/api/v1/referrals/{id}/hold", { params })).then(
      (found) => {
        setHolds(found);
        setError(null);
      },
      (refused: unknown) => setError(refused),
    );
  const own = new Set(agencies.value.map(({ id }) => id));
  const mine = holds?.holds.some(({ agency }) => agency != null && own.has(agency.id)) === true;
  const settled = (now: Holds) => {
    setHolds(now);
    setAsking(null);
  };
  return (
    <section class="panel no-print" aria-labelledby="keeping-title">
      <h2 id="keeping-title">{t.title}</h2>
      <p class="subtle">{t.lead}</p>
      {error === null ? null : <Failed error={error} again={() => void show()} />}
      {holds === null ? (
        <p>
          <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => void show()}>
            {t.show}
          </button>
        </p>
      ) : (
        <>
          <ListOfHolds holds={holds} />
          <p class="buttons">
            <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => setAsking(mine ? "lift" : "hold")}>
              {mine ? t.lift : t.hold}
            </button>
            {referral.erased == null && referral.closedAt != null ? (
              <button type="button" class="ds-button" data-variant="tertiary" data-color="danger" data-size="sm" onClick={() => setAsking("erase")}>
                {t.erase}
              </button>
            ) : null}
          </p>
          {referral.erased == null ? <Insight reference={referral.reference} /> : null}
        </>
      )}
      <p role="status">{told}</p>
      {asking === "hold" ? <Hold reference={referral.reference} done={settled} close={() => setAsking(null)} /> : null}
      {asking === "lift" ? <Lift reference={referral.reference} done={settled} close={() => setAsking(null)} /> : null}
      {asking === "erase" ? (
        <Erase
          reference={referral.reference}
          close={() => setAsking(null)}
          done={(gone) => {
            setAsking(null);
            setTold(t.erased(gone.referrals.join(", ")));
            changed();
          }}
        />
      ) : null}
    </section>
  );
}

function ListOfHolds({ holds: { holds } }: { holds: Holds }) {
  const t = text();
  const when = (at: string) => moment(Date.parse(at), language.value, now.value);
  if (holds.length === 0) return <p>{t.noHolds}</p>;
  return (
    <ul class="plain">
      {holds.map(({ agency, reason, setBy, since }) => (
        <li key={`${agency?.id ?? ""} ${since}`}>
          {agency == null ? t.heldByOther(when(since)) : t.held(agency.name, when(since))} {setBy == null ? null : <span class="subtle">{t.by(setBy.name)}</span>}
          {reason == null ? null : <blockquote class="prose">{reason}</blockquote>}
        </li>
      ))}
    </ul>
  );
}

function Insight({ reference }: { reference: string }) {
  const t = text();
  const saving = useSaving("insight");
  const get = async (type: "application/pdf" | "application/json") => {
    const params = { path: { id: reference } };
    const content = await saving.attempt(() => must(api.GET("/api/v1/referrals/{id}/insight", { params, headers: { accept: type }, parseAs: "blob" })));
    if (content !== null) save(content, `${reference}.${type === "application/pdf" ? "pdf" : "json"}`);
  };
  return (
    <>
      <p class="subtle">{t.insightHint}</p>
      <p class="buttons">
        <button type="button" class="ds-button" data-variant="secondary" data-size="sm" aria-busy={saving.busy} onClick={() => void get("application/pdf")}>
          {t.insight}
        </button>
        <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-busy={saving.busy} onClick={() => void get("application/json")}>
          {t.insightJson}
        </button>
      </p>
      <Summary saving={saving} />
    </>
  );
}

function Lift({ reference, done, close }: { reference: string; done: (holds: Holds) => void; close: () => void }) {
  const t = text();
  const saving = useSaving("lift");
  const lift = async () => {
    const left = await saving.attempt(() => must(api.DELETE("/api/v1/referrals/{id}/hold", { params: { path: { id: reference } } })));
    if (left !== null) done(left);
  };
  return (
    <Confirm title={t.liftTitle} label={t.lift} saving={saving} yes={() => void lift()} no={close}>
      <p>{t.liftText}</p>
    </Confirm>
  );
}

function Erase({ reference, done, close }: { reference: string; done: (gone: Schemas["ErasureOut"]) => void; close: () => void }) {
  const t = text();
  const saving = useSaving("erase");
  const [reason, setReason] = useState("asked-for");
  const erase = async () => {
    const gone = await saving.attempt(() => must(api.POST("/api/v1/referrals/{id}/erasure", { params: { path: { id: reference } }, body: { reason } })));
    if (gone !== null) done(gone);
  };
  return (
    <Confirm title={t.eraseTitle(reference)} label={t.erase} danger saving={saving} yes={() => void erase()} no={close}>
      <p>{t.eraseText}</p>
      <Select id="erase-reason" label={t.reason} value={reason} set={setReason} options={Object.entries(t.reasons)} faults={saving.faults} />
    </Confirm>
  );
}
