import { useState } from "preact/hooks";
import { api, must } from "../../api/client";
import { notice } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { Choice, Save, TextField, Tick, Ticks, useSaving } from "../../ui/form";
import { type Webhook, text } from "./Webhooks";

/** What the program tells of itself, and what is told to persons only. */
const NOT_TOLD = ["webhook-disabled", "mailbox-test"];

/** A new webhook: where it lies, and what it is told. */
export function WebhookForm({ agency, done, cancel }: { agency: string; done: (webhook: Webhook) => void; cancel: () => void }) {
  const t = text();
  const saving = useSaving("webhook");
  const [url, setUrl] = useState("");
  const [which, setWhich] = useState<"everything" | "chosen">("everything");
  const [notices, setNotices] = useState<readonly string[]>([]);
  const [onCall, setOnCall] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const wrong = {
      ...(url.trim() === "" ? { "webhook-url": t.needUrl } : {}),
      ...(which === "chosen" && notices.length === 0 ? { "webhook-notices": t.needKinds } : {}),
    };
    const body = { agency, url: url.trim(), onCall, ...(which === "chosen" ? { notices: [...notices] } : {}) };
    const created = await saving.attempt(() => must(api.POST("/api/v1/webhooks", { body })), wrong);
    if (created !== null) done(created);
  };
  const kinds = Object.keys(notice.nb)
    .filter((code) => !NOT_TOLD.includes(code))
    .map((code) => [code, capital(term(notice, code))] as const);
  return (
    <form class="card stack" onSubmit={submit} noValidate aria-labelledby="new-webhook">
      <h2 id="new-webhook" class="ds-heading" data-size="2xs">
        {t.add}
      </h2>
      <TextField id="webhook-url" label={t.url} hint={t.urlHint} placeholder="https://" value={url} set={setUrl} faults={saving.faults} />
      <Choice
        name="webhook-which"
        label={t.notices}
        value={which}
        set={setWhich}
        options={[
          ["everything", t.everything],
          ["chosen", t.chosen],
        ]}
      />
      {which === "chosen" ? <Ticks id="webhook-notices" label={t.kinds} options={kinds} chosen={notices} set={setNotices} faults={saving.faults} /> : null}
      <Tick id="webhook-onCall" label={t.onCall} checked={onCall} set={setOnCall} />
      <Save saving={saving} label={t.create} cancel={cancel} />
    </form>
  );
}
