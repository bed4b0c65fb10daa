/** The webhooks of an agency: entered, switched on and off, given new secrets, and what became of what they were told. */
import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { language, words } from "../../i18n";
import { webhooks as en } from "../../i18n/en/webhooks";
import { webhooks as nb } from "../../i18n/nb/webhooks";
import { moment, now } from "../../i18n/time";
import { Alert } from "../../ui/Alert";
import { Confirm, Summary, isStale, useSaving } from "../../ui/form";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { type Agency, AgencySetup, NotYours, administers } from "./Agency";
import { Deliveries } from "./Deliveries";
import { WebhookForm } from "./WebhookForm";
import { text as setup } from "./words";

export const text = words(nb, en);

export type Webhook = Schemas["WebhookOut"];

export default function Webhooks() {
  return <AgencySetup tab="webhooks">{(agency) => (administers(agency.data) ? <List agency={agency.data} /> : <p>{setup().forbidden}</p>)}</AgencySetup>;
}

/** The API gives those of all agencies that somebody administers. */
async function all(agency: string): Promise<readonly Webhook[]> {
  return (await must(api.GET("/api/v1/webhooks"))).items.filter((webhook) => webhook.agency.id === agency);
}

function List({ agency }: { agency: Agency }) {
  const t = text();
  const found = useLoad(() => all(agency.id), [agency.id]);
  const [adding, setAdding] = useState(false);
  /** One whose secret is new, and shown this once. */
  const [fresh, setFresh] = useState<Webhook | null>(null);
  const [told, setTold] = useState("");
  if (found.data === null) return found.error === null ? <Loading /> : <NotYours error={found.error} again={found.again} />;
  const changed = (webhook: Webhook | null, what = "") => {
    setAdding(false);
    setFresh(webhook?.secret == null ? null : webhook);
    setTold(what);
    found.again();
  };
  return (
    <>
      <p class="subtle">{t.lead}</p>
      {told === "" ? null : (
        <Alert color="success" live>
          {told}
        </Alert>
      )}
      {fresh === null ? null : <Secret webhook={fresh} />}
      {found.data.length === 0 && !adding ? (
        <div class="empty">
          <p>{t.none}</p>
        </div>
      ) : null}
      {found.data.map((webhook) => (
        <Card key={webhook.id} webhook={webhook} changed={changed} />
      ))}
      {adding ? (
        <WebhookForm agency={agency.slug} done={changed} cancel={() => setAdding(false)} />
      ) : (
        <p>
          <button
            type="button"
            class="ds-button"
            onClick={() => {
              setTold("");
              setAdding(true);
            }}
          >
            {t.add}
          </button>
        </p>
      )}
    </>
  );
}

/** Shown once, and gone with the page. */
function Secret({ webhook }: { webhook: Webhook }) {
  const t = text().secret;
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(webhook.secret ?? "").then(
    () => setCopied(true),
    // Then it is read off the screen.
    () => undefined,
  );
  return (
    <div class="card stack one-time" role="status">
      <p>
        <strong>{t.title}</strong>: <code class="key">{webhook.secret}</code>{" "}
        {"clipboard" in navigator ? (
          <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => void copy()}>
            {copied ? t.copied : t.copy}
          </button>
        ) : null}
      </p>
      <p>{t.once}</p>
      <p class="subtle">
        {t.publicKey}: <span class="key">{webhook.publicKey}</span>
      </p>
    </div>
  );
}

type Asking = "rotate" | "remove";

function Card({ webhook, changed }: { webhook: Webhook; changed: (webhook: Webhook | null, what?: string) => void }) {
  const t = text();
  const saving = useSaving("webhook-change");
  const [asking, setAsking] = useState<Asking | null>(null);
  const [open, setOpen] = useState(false);
  const when = (at: string) => moment(Date.parse(at), language.value, now.value);
  const { id, enabled, failingSince, disabledAt, disabledBecause } = webhook;
  const path = { id };
  const change = async (body: Schemas["WebhookChange"]) => {
    const after = await saving.attempt(async () => {
      try {
        return { webhook: await must(api.PATCH("/api/v1/webhooks/{id}", { params: { path, header: { "If-Match": `"${String(webhook.version)}"` } }, body })), what: setup().saved };
      } catch (refused) {
        // It stands otherwise now, and is shown so.
        if (isStale(refused)) return { webhook: null, what: t.faster };
        throw refused;
      }
    });
    if (after === null) return;
    setAsking(null);
    changed(after.webhook, after.what);
  };
  const remove = async () => {
    if ((await saving.attempt(() => must(api.DELETE("/api/v1/webhooks/{id}", { params: { path } })))) === null) return;
    changed(null, t.removed);
  };
  return (
    <article class="card stack" aria-label={webhook.url}>
      <header>
        <h2 class="ds-heading key" data-size="2xs">
          {webhook.url}
        </h2>
        <p class="subtle">{[enabled ? t.on : t.off, webhook.onCall ? t.toOnCall : null, t.told(webhook.notices.length)].filter(Boolean).join(" · ")}</p>
      </header>
      {enabled && failingSince != null ? (
        <Alert color="warning">
          <p>{t.failing(when(failingSince))}</p>
        </Alert>
      ) : null}
      {!enabled && disabledAt != null ? <p>{t.disabled(when(disabledAt), disabledBecause ?? "")}</p> : null}
      {asking === null ? <Summary saving={saving} /> : null}
      <p class="buttons">
        <button type="button" class="ds-button" data-variant="secondary" data-size="sm" aria-busy={saving.busy} onClick={() => void change({ enabled: !enabled })}>
          {enabled ? t.disable : t.enable}
        </button>
        <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => setAsking("rotate")}>
          {t.rotate}
        </button>
        <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => setAsking("remove")}>
          {t.remove}
        </button>
      </p>
      <details class="more" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t.deliveries}</summary>
        {open ? <Deliveries webhook={id} /> : null}
      </details>
      {asking === "rotate" ? (
        <Confirm title={t.rotateTitle} label={t.rotate} saving={saving} yes={() => void change({ rotateSecret: true })} no={() => setAsking(null)}>
          <p>{t.rotateText}</p>
        </Confirm>
      ) : asking === "remove" ? (
        <Confirm title={t.removeTitle} label={t.remove} danger saving={saving} yes={() => void remove()} no={() => setAsking(null)}>
          <p>{t.removeText}</p>
        </Confirm>
      ) : null}
    </article>
  );
}
