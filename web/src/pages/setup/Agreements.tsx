import { useId, useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { me } from "../../api/session";
import { language, words } from "../../i18n";
import { agreementAction, agreementLimit, agreementStatus, urgency } from "../../i18n/codes";
import { agreements as en } from "../../i18n/en/agreements";
import { agreements as nb } from "../../i18n/nb/agreements";
import { capital, term } from "../../i18n/terms";
import { day, moment, now } from "../../i18n/time";
import { inOslo } from "../../i18n/zone";
import { Alert } from "../../ui/Alert";
import { Confirm, isStale, useSaving } from "../../ui/form";
import { later } from "../../ui/later";
import { More, useList } from "../../ui/list";
import { Loading } from "../../ui/Loading";
import { type Agency, AgencySetup, NotYours } from "./Agency";
import { AgreementForm } from "./AgreementForm";
import { PURPOSES, URGENCIES, readLimit } from "./limits";
import "./setup.css";

export const text = words(nb, en);

/** What few open, and only those who lead one of the two. */
const Statement = later(() => import("./Statement"));

export type Agreement = Schemas["AgreementOut"];
type Change = keyof ReturnType<typeof text>["confirm"];

/** What an agency has agreed with others about how soon the one answers the other. */
export default function Agreements() {
  return <AgencySetup tab="agreements">{(agency) => <List key={agency.data.id} agency={agency.data} />}</AgencySetup>;
}

/** Leads and administrators of an agency make its agreements; whoever runs the installation only reads them. */
function makes({ id, parent }: Agency): boolean {
  const held = me.value?.agencies ?? [];
  return held.some((own) => (own.id === id && own.roles.some((role) => ["lead", "agency-admin"].includes(role))) || (own.id === parent?.id && own.roles.includes("agency-admin")));
}

function leads({ id }: Agency): boolean {
  return me.value?.agencies.some((own) => own.id === id && own.roles.includes("lead")) ?? false;
}

function List({ agency }: { agency: Agency }) {
  const t = text();
  const path = { agency: agency.slug };
  const found = useList<Agreement>((cursor) => must(api.GET("/api/v1/agencies/{agency}/agreements", { params: { path, query: { limit: 50, ...cursor } } })), [agency.slug]);
  /** `null` proposes from nothing, an agreement its next version. */
  const [proposing, setProposing] = useState<Agreement | null | undefined>(undefined);
  const [told, setTold] = useState("");
  if (found.data === null) return found.error === null ? <Loading /> : <NotYours error={found.error} again={found.again} />;
  const { items } = found.data;
  const changed = (what: string) => {
    setTold(what);
    setProposing(undefined);
    found.again();
  };
  const card = (one: Agreement) => <Card key={one.id} agency={agency} agreement={one} changed={changed} anew={makes(agency) && one.status === "approved" ? () => setProposing(one) : null} />;
  const isNext = (one: Agreement) => one.status === "approved" && !one.inForce && Date.parse(one.validFrom ?? "") > now.value;
  const groups: readonly (readonly [string, readonly Agreement[], string?])[] = [
    [t.waiting, items.filter(({ actions }) => actions.includes("approve"))],
    [t.proposed, items.filter(({ status, actions }) => status === "proposed" && !actions.includes("approve")), t.proposedHint],
    [t.inForce, items.filter(({ inForce }) => inForce)],
    [t.coming, items.filter(isNext)],
  ];
  const shown = new Set(groups.flatMap(([, those]) => those.map(({ id }) => id)));
  const over = items.filter(({ id }) => !shown.has(id));
  return (
    <>
      <p class="subtle">{t.lead}</p>
      {told === "" ? null : (
        <Alert color="success" live>
          {told}
        </Alert>
      )}
      {items.length === 0 ? (
        <div class="empty">
          <p>
            <strong>{t.none}</strong>
          </p>
          <p class="subtle">{t.noneHint}</p>
        </div>
      ) : null}
      {groups.map(([title, those, hint]) =>
        those.length === 0 ? null : (
          <section key={title} class="stack">
            <h2 class="ds-heading" data-size="xs">
              {title}
            </h2>
            {hint === undefined ? null : <p class="subtle">{hint}</p>}
            {those.map(card)}
          </section>
        ),
      )}
      {proposing !== undefined ? (
        <AgreementForm key={proposing?.id ?? "new"} agency={agency} from={proposing} done={() => changed(t.form.done)} cancel={() => setProposing(undefined)} />
      ) : makes(agency) ? (
        <p>
          <button
            type="button"
            class="ds-button"
            onClick={() => {
              setTold("");
              setProposing(null);
            }}
          >
            {t.propose}
          </button>
        </p>
      ) : null}
      {over.length === 0 ? null : (
        <details class="more">
          <summary>{t.over(over.length)}</summary>
          <div class="stack">{over.map(card)}</div>
        </details>
      )}
      <More list={found} />
    </>
  );
}

interface CardProps {
  readonly agency: Agency;
  readonly agreement: Agreement;
  readonly changed: (what: string) => void;
  readonly anew: (() => void) | null;
}

function Card({ agency, agreement, changed, anew }: CardProps) {
  const t = text();
  const saving = useSaving("agreement-change");
  const [asking, setAsking] = useState<Change | null>(null);
  const [open, setOpen] = useState(false);
  const statement = useId();
  // Both have said yes once: something may have been sent under it.
  const keeps = leads(agency) && (agreement.status === "approved" || agreement.status === "ended");
  const { sender, receiver, proposed, answered, ended, status } = agreement;
  const word = (kind: keyof typeof t.word, { user, agency: of, at }: Schemas["AgreementWord"]) => t.word[kind](user.name, of.name, moment(Date.parse(at), language.value, now.value));
  const date = (written: string) => day(inOslo(written), language.value, now.value);
  const act = async (action: Change) => {
    const done = await saving.attempt(async () => {
      try {
        await must(
          api.POST("/api/v1/agencies/{agency}/agreements/{agreement}/transitions", {
            params: { path: { agency: agency.slug, agreement: agreement.id }, header: { "If-Match": `"${String(agreement.version)}"` } },
            body: { action },
          }),
        );
        return t.done[action] ?? "";
      } catch (refused) {
        // It stands otherwise now, and is shown so.
        if (isStale(refused)) return t.faster;
        throw refused;
      }
    });
    if (done === null) return;
    setAsking(null);
    changed(done);
  };
  return (
    <article class="card stack agreement" aria-label={t.version(agreement.reference, String(agreement.number))}>
      <header>
        <h3 class="ds-heading" data-size="2xs">
          {t.between(sender.name, receiver.name)}
        </h3>
        <p class="subtle">
          {t.version(agreement.reference, String(agreement.number))} · {capital(term(agreementStatus, status))},{" "}
          {[agreement.validFrom == null ? null : t.from(date(agreement.validFrom)), agreement.validTo == null ? t.untilEnded : t.until(date(agreement.validTo))].filter(Boolean).join(" ")}
        </p>
      </header>
      <LimitTable limits={agreement.limits} />
      <ul class="plain subtle">
        <li>{word("proposed", proposed)}</li>
        {answered == null ? null : <li>{word(status === "rejected" || status === "withdrawn" ? status : "approved", answered)}</li>}
        {ended == null ? null : <li>{word("ended", ended)}</li>}
      </ul>
      {agreement.actions.length === 0 && anew === null && !keeps ? null : (
        <p class="buttons">
          {agreement.actions.map((action) => (
            <button key={action} type="button" class="ds-button" data-size="sm" data-variant={action === "approve" ? undefined : "secondary"} onClick={() => setAsking(action as Change)}>
              {term(agreementAction, action)}
            </button>
          ))}
          {anew === null ? null : (
            <button type="button" class="ds-button" data-size="sm" data-variant="tertiary" onClick={anew}>
              {t.anew}
            </button>
          )}
          {keeps ? (
            <button type="button" class="ds-button" data-size="sm" data-variant="tertiary" aria-expanded={open} aria-controls={statement} onClick={() => setOpen(!open)}>
              {t.statement.open}
            </button>
          ) : null}
        </p>
      )}
      {keeps ? <div id={statement}>{open ? <Statement agency={agency.slug} agreement={agreement.id} name={t.version(agreement.reference, String(agreement.number))} /> : null}</div> : null}
      {asking === null ? null : (
        <Confirm
          title={t.confirm[asking].title}
          label={term(agreementAction, asking)}
          danger={asking === "end" || asking === "reject"}
          saving={saving}
          yes={() => void act(asking)}
          no={() => setAsking(null)}
        >
          <p>
            <strong>{t.between(sender.name, receiver.name)}</strong>
          </p>
          <p>{t.confirm[asking].text}</p>
        </Confirm>
      )}
    </article>
  );
}

function LimitTable({ limits }: { limits: Agreement["limits"] }) {
  const t = text();
  const purposes = PURPOSES.filter((purpose) => limits[purpose] !== undefined);
  return (
    <table class="limits">
      <thead>
        <tr>
          <th scope="col">{t.purpose}</th>
          {URGENCIES.map((code) => (
            <th key={code} scope="col">
              {capital(term(urgency, code))}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {purposes.map((purpose) => (
          <tr key={purpose}>
            <th scope="row">{term(agreementLimit, purpose).toLocaleLowerCase()}</th>
            {URGENCIES.map((code) => {
              const written = limits[purpose]?.[code];
              return (
                <td key={code} data-title={capital(term(urgency, code))} class={written === undefined ? "subtle" : undefined}>
                  {written === undefined ? t.asWorkflow : limitWords(written)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function limitWords(written: string): string {
  const limit = readLimit(written);
  if (limit === null) return written;
  const [one, several] = text().units[limit.unit];
  return `${String(limit.count)} ${limit.count === 1 ? (one ?? "") : (several ?? "")}`;
}
