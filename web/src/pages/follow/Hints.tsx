/** That somebody else follows a youth of ours: asked on a legal basis, answered with yes or no. */
import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { legalBasis } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { moment, now } from "../../i18n/time";
import { Confirm, Select, Summary, TextField, useSaving } from "../../ui/form";
import { ListOf, useList } from "../../ui/list";
import { useLoad } from "../../ui/load";
import { FollowPage, useLed } from "./Page";
import { text } from "./words";

type Hint = Schemas["HintOut"];

/** Those that give a right to know; a duty to report obliges whoever knows, and nobody else. */
const BASES = ["consent", "right-to-disclose", "danger-to-life", "necessity"] as const;

export default function Hints() {
  const t = text();
  const words = t.hints;
  const [agency, choice] = useLed();
  const [told, setTold] = useState("");
  const [asking, setAsking] = useState<Hint | null>(null);
  const list = useList<Hint>((cursor) => must(api.GET("/api/v1/agencies/{agency}/duplicate-hints", { params: { path: { agency }, query: { limit: 50, ...cursor } } })), [agency]);
  const changed = (what: string) => {
    setAsking(null);
    setTold(what);
    list.again();
  };
  return (
    <FollowPage title={t.tasks.hints.title} lead={words.lead} told={told}>
      {choice}
      <ListOf
        list={list}
        none={words.none}
        label={t.tasks.hints.title}
        row={(hint) => <Row key={hint.id} agency={agency} hint={hint} ask={() => setAsking(hint)} changed={changed} />}
      />
      {asking === null ? null : <Ask agency={agency} hint={asking} done={() => changed(words.asked)} close={() => setAsking(null)} />}
    </FollowPage>
  );
}

function said({ state, other, askedByUs, askedAt, basis }: Hint): string {
  const t = text().hints;
  const when = askedAt == null ? "" : moment(Date.parse(askedAt), language.value, now.value);
  if (other != null) return t.revealed(other.name);
  if (state.code === "refused") return t.refused;
  if (state.code !== "asked") return t.nobody;
  return askedByUs === true ? t.weAsked(when) : t.theyAsked(basis?.title ?? "", when);
}

function Row({ agency, hint, ask, changed }: { agency: string; hint: Hint; ask: () => void; changed: (what: string) => void }) {
  const t = text().hints;
  const saving = useSaving("answer");
  const { referral, state, askedByUs } = hint;
  const answer = async (accepts: boolean) => {
    const params = { path: { agency, hint: hint.id } };
    if ((await saving.attempt(() => must(api.PUT("/api/v1/agencies/{agency}/duplicate-hints/{hint}/answer", { params, body: { accepts } })))) !== null) changed(t.answered);
  };
  return (
    <li>
      <div>
        {referral == null ? null : (
          <a class="ds-link" href={`/formidling/${referral.reference}`}>
            <strong>{referral.reference}</strong>
          </a>
        )}
        <span>{said(hint)}</span>
        <span class="subtle">{t.found(moment(Date.parse(hint.foundAt), language.value, now.value))}</span>
        <Summary saving={saving} />
      </div>
      <span class="buttons">
        {state.code === "open" || state.code === "refused" ? (
          <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={ask}>
            {t.ask}
          </button>
        ) : null}
        {state.code === "asked" && askedByUs === false ? (
          <>
            <button type="button" class="ds-button" data-size="sm" aria-busy={saving.busy} onClick={() => void answer(true)}>
              {t.accept}
            </button>
            <button type="button" class="ds-button" data-variant="secondary" data-size="sm" aria-busy={saving.busy} onClick={() => void answer(false)}>
              {t.refuse}
            </button>
          </>
        ) : null}
      </span>
    </li>
  );
}

function Ask({ agency, hint, done, close }: { agency: string; hint: Hint; done: () => void; close: () => void }) {
  const t = text().hints;
  const saving = useSaving("hint");
  const [code, setCode] = useState<string>(BASES[0]);
  const [reason, setReason] = useState("");
  const own = useLoad(() => must(api.GET("/api/v1/agencies/{agency}", { params: { path: { agency } } })), [agency]);
  // Only child welfare can order somebody to tell.
  const bases = own.data?.kind === "child-welfare" ? [...BASES, "order-to-disclose"] : BASES;
  const send = async () => {
    const params = { path: { agency, hint: hint.id } };
    const wrong = reason.trim() === "" ? { "hint-legalBasis-reason": t.needReason } : {};
    const body = { legalBasis: { code, reason: reason.trim() } };
    if ((await saving.attempt(() => must(api.PUT("/api/v1/agencies/{agency}/duplicate-hints/{hint}/question", { params, body })), wrong)) !== null) done();
  };
  return (
    <Confirm title={t.askTitle(hint.referral?.reference ?? "")} label={t.send} saving={saving} yes={() => void send()} no={close}>
      <Select id="hint-legalBasis-code" label={t.basis} value={code} set={setCode} options={bases.map((one) => [one, capital(term(legalBasis, one))] as const)} faults={saving.faults} />
      {code === "order-to-disclose" ? <p class="subtle">{t.order}</p> : null}
      <TextField id="hint-legalBasis-reason" label={t.reason} hint={t.reasonHint} rows={3} value={reason} set={setReason} faults={saving.faults} />
    </Confirm>
  );
}
