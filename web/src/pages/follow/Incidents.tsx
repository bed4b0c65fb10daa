/** Notices that have not arrived: somebody takes each, or it is sent again. */
import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { moment, now } from "../../i18n/time";
import { Urgency } from "../../referral/Marks";
import { useAsked } from "../../ui/asked";
import { Choice, Summary, useSaving } from "../../ui/form";
import { ListOf, useList } from "../../ui/list";
import { FollowPage } from "./Page";
import { text } from "./words";

type Incident = Schemas["IncidentOut"];

export default function Incidents() {
  const t = text();
  const words = t.incidents;
  const [asked, go] = useAsked();
  const [told, setTold] = useState("");
  const show = asked.vis === "alle" ? "all" : "open";
  const list = useList<Incident>((cursor) => must(api.GET("/api/v1/incidents", { params: { query: { show, limit: 50, ...cursor } } })), [show]);
  const changed = (what: string) => {
    setTold(what);
    list.again();
  };
  return (
    <FollowPage title={t.tasks.incidents.title} lead={words.lead} told={told}>
      <Choice
        name="incidents-show"
        label={t.show}
        value={show}
        set={(which) => go({ vis: which === "all" ? "alle" : "" })}
        options={[
          ["open", t.open],
          ["all", t.all],
        ]}
      />
      <ListOf list={list} none={show === "all" ? words.noneAll : words.none} label={t.tasks.incidents.title} row={(incident) => <Row key={incident.id} incident={incident} changed={changed} />} />
    </FollowPage>
  );
}

function Row({ incident, changed }: { incident: Incident; changed: (what: string) => void }) {
  const t = text().incidents;
  const saving = useSaving("incident");
  const when = (at: string) => moment(Date.parse(at), language.value, now.value);
  const params = { path: { id: incident.id } };
  const take = async () => {
    if ((await saving.attempt(() => must(api.POST("/api/v1/incidents/{id}/take", { params })))) !== null) changed(t.tookIt(incident.agency.name));
  };
  const retry = async () => {
    if ((await saving.attempt(() => must(api.POST("/api/v1/incidents/{id}/retry", { params })))) !== null) changed(t.retried(incident.agency.name));
  };
  const { taken, closedAt } = incident;
  return (
    <li>
      <div>
        <strong>{t.what(incident.title ?? t.unreadable, incident.agency.name)}</strong>
        <span>{incident.reasonTitle}</span>
        <span class="subtle">
          <Urgency code={incident.urgency} />{" "}
          {[
            t.opened(when(incident.openedAt)),
            incident.toPerson ? t.person : null,
            incident.code == null ? null : t.reply(incident.code),
            incident.timesTold > 0 ? t.told(incident.timesTold) : null,
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
        {taken == null ? null : <span class="subtle">{t.taken(taken.by.name, taken.agency.name, when(taken.at))}</span>}
        {closedAt == null ? null : <span class="subtle">{t.over(when(closedAt))}</span>}
        <Summary saving={saving} />
      </div>
      <a class="ds-link" href={incident.referralId == null ? `/sak/${incident.reference}` : `/formidling/${incident.reference}`}>
        {incident.reference}
      </a>
      {closedAt != null ? null : (
        <span class="buttons">
          {taken == null ? (
            <button type="button" class="ds-button" data-size="sm" title={t.takeHint} aria-busy={saving.busy} onClick={() => void take()}>
              {t.take}
            </button>
          ) : null}
          <button type="button" class="ds-button" data-variant="secondary" data-size="sm" aria-busy={saving.busy} onClick={() => void retry()}>
            {t.retry}
          </button>
        </span>
      )}
    </li>
  );
}
