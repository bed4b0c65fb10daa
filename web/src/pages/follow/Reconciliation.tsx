/** All that was handed over, and what shows that it has arrived: the same rows for both sides. */
import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { capital } from "../../i18n/terms";
import { moment, now } from "../../i18n/time";
import { isDay, localDay, plusDays } from "../../i18n/zone";
import { agencies as everyAgency } from "../../referral/directory";
import { useAsked } from "../../ui/asked";
import { Save, Select, TextField, useSaving } from "../../ui/form";
import { ListOf, useList } from "../../ui/list";
import { useLoad } from "../../ui/load";
import { save } from "../../ui/save";
import { FollowPage, workedInByMe } from "./Page";
import { Statements } from "./Statements";
import { text } from "./words";

type Row = Schemas["HandedOverOut"];

/** As long as one looks back when one asks for nothing else. */
const DAYS = 30;

export default function Reconciliation() {
  const t = text();
  const words = t.reconciliation;
  const [asked, go] = useAsked();
  const all = useLoad(everyAgency, []);
  const from = asked.fra ?? plusDays(localDay(now.value), -DAYS);
  const to = asked.til ?? "";
  const period = {
    ...(asked.med === undefined || asked.med === "" ? {} : { with: asked.med }),
    ...(isDay(from) ? { from } : {}),
    ...(isDay(to) ? { to } : {}),
  };
  const list = useList<Row>((cursor) => must(api.GET("/api/v1/reconciliation", { params: { query: { ...period, limit: 50, ...cursor } } })), [JSON.stringify(period)]);
  const agencies = (all.data ?? []).map(({ slug, name }) => [slug, name] as const);
  return (
    <FollowPage title={t.tasks.reconciliation.title} lead={words.lead}>
      <form class="pair filter" role="search" onSubmit={(event) => event.preventDefault()}>
        <Select id="reconciliation-with" label={words.with} value={asked.med ?? ""} set={(med) => go({ med })} options={[["", words.everybody], ...agencies]} />
        <TextField id="reconciliation-from" label={words.from} type="date" value={from} set={(fra) => go({ fra })} />
        <TextField id="reconciliation-to" label={words.to} type="date" optional value={to} set={(til) => go({ til })} />
      </form>
      {list.data === null || list.data.items.length === 0 || list.further !== null ? null : (
        <p role="status">{words.unaccounted(list.data.items.filter(({ standing }) => standing === "unaccounted").length)}</p>
      )}
      <ListOf list={list} none={words.none} label={t.tasks.reconciliation.title} row={(row) => <HandedOver key={row.handoffId} row={row} />} />
      <Statements period={period} />
      <Statement agencies={agencies} with={asked.med ?? ""} />
    </FollowPage>
  );
}

function HandedOver({ row }: { row: Row }) {
  const words = text().reconciliation;
  return (
    <li>
      <div>
        <a class="ds-link" href={`/formidling/${row.reference}`}>
          <strong>{row.reference}</strong>
        </a>
        <span>
          {row.sender.name} → {row.receiver.name}
        </span>
        <span class="subtle">
          {words.sent(moment(Date.parse(row.sentAt), language.value, now.value))}
          {row.undelivered ? ` · ${words.undelivered}` : ""}
        </span>
      </div>
      <span class={row.standing === "unaccounted" ? "unaccounted" : "subtle"}>{capital(words.standing[row.standing] ?? row.standing)}</span>
    </li>
  );
}

/** What was handed over on one day, as it stands now: also of today, and of a day that somebody asks about later. */
function Statement({ agencies, with: other }: { agencies: readonly (readonly [string, string])[]; with: string }) {
  const words = text().reconciliation;
  const t = words.statement;
  const saving = useSaving("statement");
  const own = workedInByMe();
  const [agency, setAgency] = useState(own[0]?.slug ?? "");
  const [partner, setPartner] = useState(other);
  const [date, setDate] = useState(plusDays(localDay(now.value), -1));
  const [told, setTold] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    setTold("");
    const wrong = { ...(partner === "" ? { "statement-with": t.choose } : {}), ...(isDay(date) ? {} : { "statement-date": t.needDate }) };
    const got = await saving.attempt(() => must(api.GET("/api/v1/reconciliation/statement", { params: { query: { agency, with: partner, date } } })), wrong);
    if (got === null) return;
    save(new Blob([JSON.stringify(got, null, 2)], { type: "application/json" }), `${agency}-${partner}-${date}.json`);
    setTold(words.unaccounted(got.unaccounted));
  };
  return (
    <form class="card stack" onSubmit={submit} noValidate aria-labelledby="statement">
      <h2 id="statement" class="ds-heading" data-size="2xs">
        {t.title}
      </h2>
      <p class="subtle">{t.lead}</p>
      <div class="pair">
        {own.length > 1 ? <Select id="statement-agency" label={t.agency} value={agency} set={setAgency} options={own.map(({ slug, name }) => [slug, name] as const)} /> : null}
        <Select id="statement-with" label={words.with} value={partner} set={setPartner} options={[["", "–"], ...agencies.filter(([slug]) => slug !== agency)]} faults={saving.faults} />
        <TextField id="statement-date" label={t.date} type="date" value={date} set={setDate} faults={saving.faults} />
      </div>
      <p role="status">{told}</p>
      <Save saving={saving} label={t.get} />
    </form>
  );
}
