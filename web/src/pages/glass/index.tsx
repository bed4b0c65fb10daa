/** Break-glass: one referral that is not one's own, opened for reading in an emergency, in sight of those whose it is. */
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { type Schemas, Refused, api, must } from "../../api/client";
import { me } from "../../api/session";
import { language } from "../../i18n";
import { identifierType } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { moment, now } from "../../i18n/time";
import { isReference } from "../../referral/reference";
import { Alert } from "../../ui/Alert";
import { Failed } from "../../ui/Failed";
import { Choice, type Faults, Save, Select, TextField, useSaving } from "../../ui/form";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { useFocus, useTitle } from "../../ui/title";
import { text } from "./words";

type Glass = Schemas["GlassOut"];

/** How often whoever waits for a second person looks whether they have answered. */
const WAITING_MS = 10_000;

export default function BreakGlass() {
  const t = text();
  const heading = useFocus<HTMLHeadingElement>();
  const { route } = useLocation();
  useTitle(t.title);
  const mine = useLoad(() => must(api.GET("/api/v1/break-glass")), []);
  const waits = mine.data?.items.some(({ state }) => state.code === "waiting") === true;
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(mine.again, WAITING_MS);
    return () => clearInterval(timer);
  }, [waits]);
  const broken = (glass: Glass) => {
    if (glass.state.code === "open" && glass.referral != null) route(`/formidling/${glass.referral.reference}`);
    else mine.again();
  };
  return (
    <section class="page narrow">
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {t.title}
        </h1>
        <p>{t.lead}</p>
      </div>
      <ul class="points">
        {t.points.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ul>
      {waits ? (
        <Alert color="warning" live>
          <p>{t.waiting}</p>
        </Alert>
      ) : null}
      <Ask done={broken} />
      <h2 class="ds-heading" data-size="xs">
        {t.mine}
      </h2>
      {mine.error === null ? null : <Failed error={mine.error} again={mine.again} />}
      {mine.data === null ? (
        mine.error === null ? <Loading /> : null
      ) : mine.data.items.length === 0 ? (
        <p class="subtle">{t.none}</p>
      ) : (
        <ul class="rows glasses">
          {mine.data.items.map((glass) => (
            <Row key={glass.id} glass={glass} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Ask({ done }: { done: (glass: Glass) => void }) {
  const t = text();
  const { query } = useLocation();
  const saving = useSaving("glass");
  const [by, setBy] = useState<"reference" | "number">("reference");
  const [reference, setReference] = useState(query.referanse ?? "");
  const [type, setType] = useState("fnr");
  const [number, setNumber] = useState("");
  const [reason, setReason] = useState("");
  const agencies = me.value?.agencies.filter(({ roles }) => roles.some((role) => role === "worker" || role === "lead")) ?? [];
  const [agency, setAgency] = useState(agencies[0]?.slug ?? "");
  const [missed, setMissed] = useState(false);
  const wrong = (): Faults => ({
    ...(by === "reference" && !isReference(reference) ? { "glass-referral": t.badReference } : {}),
    ...(by === "number" && number.trim() === "" ? { "glass-identifier-value": t.badNumber } : {}),
    ...(reason.trim() === "" ? { "glass-reason": t.needReason } : {}),
  });
  const submit = async (event: Event) => {
    event.preventDefault();
    setMissed(false);
    const what = by === "reference" ? { referral: reference.trim().toUpperCase() } : { identifier: { type, value: number.replace(/\s/g, "") } };
    const glass = await saving.attempt(
      () =>
        must(api.POST("/api/v1/break-glass", { body: { agency, reason: reason.trim(), ...what } })).catch((refused: unknown) => {
          if (!(refused instanceof Refused) || refused.status !== 404) throw refused;
          setMissed(true);
          return null;
        }),
      wrong(),
    );
    if (glass === null) return;
    setReason("");
    setNumber("");
    done(glass);
  };
  const { faults } = saving;
  return (
    <form class="card stack" onSubmit={submit} noValidate>
      <Choice
        name="glass-by"
        label={t.by}
        value={by}
        set={setBy}
        options={[
          ["reference", t.byReference],
          ["number", t.byNumber],
        ]}
      />
      {by === "reference" ? (
        <TextField id="glass-referral" label={t.reference} hint={t.referenceHint} value={reference} set={setReference} faults={faults} />
      ) : (
        <div class="pair">
          <Select
            id="glass-identifier-type"
            label={t.type}
            value={type}
            set={setType}
            options={Object.keys(identifierType.nb)
              .filter((code) => code !== "none")
              .map((code) => [code, capital(term(identifierType, code))] as const)}
          />
          <TextField id="glass-identifier-value" label={t.number} numeric value={number} set={setNumber} faults={faults} />
        </div>
      )}
      {agencies.length > 1 ? (
        <Select id="glass-agency" label={t.agency} value={agency} set={setAgency} options={agencies.map(({ slug, name }) => [slug, name] as const)} faults={faults} />
      ) : null}
      <TextField id="glass-reason" label={t.reason} hint={t.reasonHint} rows={3} value={reason} set={setReason} faults={faults} />
      {missed ? (
        <Alert color="warning" live>
          <p>{t.notFound}</p>
        </Alert>
      ) : null}
      <Save saving={saving} label={t.open} danger />
    </form>
  );
}

function Row({ glass }: { glass: Glass }) {
  const t = text();
  const when = (at: string) => moment(Date.parse(at), language.value, now.value);
  const open = glass.state.code === "open";
  return (
    <li>
      <div>
        <strong>
          {capital(glass.state.title)}
          {open && glass.until != null ? ` ${t.until(when(glass.until))}` : ""}
        </strong>
        <span class="subtle">
          {t.asked(when(glass.askedAt))}
          {glass.finding != null ? ` · ${t.reviewed(glass.finding.title)}` : glass.until == null ? "" : ` · ${t.notReviewed}`}
        </span>
      </div>
      {open && glass.referral != null ? (
        <a class="ds-link" href={`/formidling/${glass.referral.reference}`}>
          {t.read(glass.referral.reference)}
        </a>
      ) : glass.referral == null ? null : (
        <span class="subtle">{glass.referral.reference}</span>
      )}
    </li>
  );
}
