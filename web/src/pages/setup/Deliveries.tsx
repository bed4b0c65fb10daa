import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { notice } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { moment, now } from "../../i18n/time";
import { Summary, useSaving } from "../../ui/form";
import { ListOf, useList } from "../../ui/list";
import { text } from "./Webhooks";

type Delivery = Schemas["WebhookDelivery"];

/** What a webhook was told, the newest first, and a way to tell it again. */
export function Deliveries({ webhook }: { webhook: string }) {
  const t = text();
  const path = { id: webhook };
  const list = useList<Delivery>((cursor) => must(api.GET("/api/v1/webhooks/{id}/deliveries", { params: { path, query: { limit: 20, ...cursor } } })), [webhook]);
  const saving = useSaving("replay");
  const [told, setTold] = useState("");
  const replay = async (delivery: string) => {
    setTold("");
    const params = { path: { id: webhook, delivery } };
    if ((await saving.attempt(() => must(api.POST("/api/v1/webhooks/{id}/deliveries/{delivery}/replay", { params })))) === null) return;
    setTold(t.replayed);
    list.again();
  };
  return (
    <>
      <p role="status">{told}</p>
      <Summary saving={saving} />
      <ListOf
        list={list}
        none={t.noDeliveries}
        label={t.deliveries}
        row={(delivery) => (
          <li key={delivery.id}>
            <div>
              <strong>{delivery.reference}</strong>
              <span>{delivery.notice == null ? "" : capital(term(notice, delivery.notice))}</span>
              <span class="subtle">{said(delivery)}</span>
            </div>
            <button
              type="button"
              class="ds-button"
              data-variant="tertiary"
              data-size="sm"
              aria-label={t.replayThis(delivery.reference)}
              aria-busy={saving.busy}
              onClick={() => void replay(delivery.id)}
            >
              {t.replay}
            </button>
          </li>
        )}
      />
    </>
  );
}

function said({ deliveredAt, nextAttemptAt, attempts, statusCode, lastError }: Delivery): string {
  const t = text();
  const when = (at: string) => moment(Date.parse(at), language.value, now.value);
  return [
    deliveredAt != null ? t.delivered(when(deliveredAt)) : nextAttemptAt != null ? t.waiting(when(nextAttemptAt)) : t.given,
    attempts > 1 ? t.tries(attempts) : null,
    statusCode == null ? null : t.answered(String(statusCode)),
    deliveredAt == null ? lastError : null,
  ]
    .filter(Boolean)
    .join(" · ");
}
