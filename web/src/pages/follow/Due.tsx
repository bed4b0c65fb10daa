/** What will soon be erased, and a way to keep it. */
import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { day, now } from "../../i18n/time";
import { Confirm, TextField, useSaving } from "../../ui/form";
import { ListOf, useList } from "../../ui/list";
import { FollowPage } from "./Page";
import { text } from "./words";

type Due = Schemas["DueOut"];

export default function DueErasures() {
  const t = text();
  const words = t.due;
  const [told, setTold] = useState("");
  const [holding, setHolding] = useState<Due | null>(null);
  const list = useList<Due>((cursor) => must(api.GET("/api/v1/retention/due", { params: { query: { limit: 50, ...cursor } } })), []);
  const date = (at: string) => day(Date.parse(at), language.value, now.value);
  return (
    <FollowPage title={t.tasks.due.title} lead={words.lead} told={told}>
      <ListOf
        list={list}
        none={words.none}
        label={t.tasks.due.title}
        row={(due) => (
          <li key={due.id}>
            <div>
              <a class="ds-link" href={`/formidling/${due.reference}`}>
                <strong>{due.reference}</strong>
              </a>
              <span>{words.day(date(due.dueAt))}</span>
              <span class="subtle">{words.closed(date(due.closedAt))}</span>
            </div>
            <span class="buttons">
              <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => setHolding(due)}>
                {words.hold}
              </button>
            </span>
          </li>
        )}
      />
      {holding === null ? null : (
        <Hold
          reference={holding.reference}
          close={() => setHolding(null)}
          done={() => {
            setTold(words.held(holding.reference));
            setHolding(null);
            list.again();
          }}
        />
      )}
    </FollowPage>
  );
}

/** Asks why it must be kept, and keeps it. */
export function Hold({ reference, done, close }: { reference: string; done: (holds: Schemas["HoldsOut"]) => void; close: () => void }) {
  const t = text().due;
  const saving = useSaving("hold");
  const [reason, setReason] = useState("");
  const hold = async () => {
    const wrong = reason.trim() === "" ? { "hold-reason": t.needReason } : {};
    const held = await saving.attempt(() => must(api.PUT("/api/v1/referrals/{id}/hold", { params: { path: { id: reference } }, body: { reason: reason.trim() } })), wrong);
    if (held !== null) done(held);
  };
  return (
    <Confirm title={t.holdTitle(reference)} label={t.hold} saving={saving} yes={() => void hold()} no={close}>
      <p>{t.holdText}</p>
      <TextField id="hold-reason" label={t.reason} hint={t.reasonHint} rows={3} value={reason} set={setReason} faults={saving.faults} />
    </Confirm>
  );
}
