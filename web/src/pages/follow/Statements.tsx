import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { capital } from "../../i18n/terms";
import { day, now } from "../../i18n/time";
import { inOslo } from "../../i18n/zone";
import { Summary, useSaving } from "../../ui/form";
import { ListOf, useList } from "../../ui/list";
import { save } from "../../ui/save";
import { text } from "./words";

type Line = Schemas["StatementLine"];

/** What the page is asked for: the other agency, and days. */
export interface Period {
  readonly with?: string;
  readonly from?: string;
  readonly to?: string;
}

/** The statements that were made and signed after each day; both sides find the same ones. */
export function Statements({ period }: { period: Period }) {
  const t = text().reconciliation.statements;
  const list = useList<Line>((cursor) => must(api.GET("/api/v1/reconciliation/statements", { params: { query: { ...period, limit: 20, ...cursor } } })), [JSON.stringify(period)]);
  return (
    <section class="stack" aria-labelledby="statements">
      <h2 id="statements" class="ds-heading" data-size="xs">
        {t.title}
      </h2>
      <p class="subtle">{t.lead}</p>
      <ListOf list={list} none={t.none} label={t.title} row={(line) => <Row key={line.id} line={line} />} />
    </section>
  );
}

function Row({ line }: { line: Line }) {
  const words = text().reconciliation;
  const t = words.statements;
  const saving = useSaving("statements");
  const [key, setKey] = useState("");
  const date = day(inOslo(line.date), language.value, now.value);
  const names = line.between.map(({ name }) => name).join(" – ");
  const fetch = async () => {
    const whole = await saving.attempt(() => must(api.GET("/api/v1/reconciliation/statements/{id}", { params: { path: { id: line.id } } })));
    if (whole === null) return;
    save(new Blob([whole.signed], { type: "application/jose" }), `${[line.date, ...line.between.map(({ slug }) => slug)].join("-")}.jws`);
    setKey(String(whole.key.kid));
  };
  return (
    <li>
      <div>
        <strong>{capital(date)}</strong>
        <span>{names}</span>
        <span class="subtle">
          {t.handoffs(line.handoffs)} · <span class={line.unaccounted > 0 ? "unaccounted" : undefined}>{words.unaccounted(line.unaccounted)}</span>
        </span>
        <span class="subtle" role="status">
          {key === "" ? null : (
            <>
              {t.signedWith} <code class="key">{key}</code>
            </>
          )}
        </span>
        <Summary saving={saving} />
      </div>
      <button type="button" class="ds-button" data-variant="secondary" data-size="sm" aria-label={t.getThis(date, names)} aria-busy={saving.busy} onClick={() => void fetch()}>
        {t.get}
      </button>
    </li>
  );
}
