/** Looks that a rule asks a lead to look at twice: each is acknowledged in words, by somebody else than whoever looked. */
import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { me } from "../../api/session";
import { language } from "../../i18n";
import { capital } from "../../i18n/terms";
import { moment, now } from "../../i18n/time";
import { useAsked } from "../../ui/asked";
import { Choice, Confirm, TextField, useSaving } from "../../ui/form";
import { ListOf, useList } from "../../ui/list";
import { FollowPage, useLed } from "./Page";
import { text } from "./words";

type Look = Schemas["AgencyLookOut"];

export default function Unusual() {
  const t = text();
  const words = t.unusual;
  const [asked, go] = useAsked();
  const [agency, choice] = useLed();
  const [told, setTold] = useState("");
  const [answering, setAnswering] = useState<Look | null>(null);
  const flagged = asked.vis === "alle" ? "all" : "open";
  const list = useList<Look>(
    (cursor) => must(api.GET("/api/v1/agencies/{agency}/access-log", { params: { path: { agency }, query: { flagged, limit: 50, ...cursor } } })),
    [agency, flagged],
  );
  return (
    <FollowPage title={t.tasks.looks.title} lead={words.lead} told={told}>
      {choice}
      <Choice
        name="unusual-show"
        label={t.show}
        value={flagged}
        set={(which) => go({ vis: which === "all" ? "alle" : "" })}
        options={[
          ["open", t.open],
          ["all", t.all],
        ]}
      />
      <ListOf list={list} none={flagged === "all" ? words.noneAll : words.none} label={t.tasks.looks.title} row={(look) => <Row key={look.id} look={look} answer={() => setAnswering(look)} />} />
      <p>
        <a class="ds-link" href={`/oppsett/${agency}/oppslag`}>
          {words.every}
        </a>
      </p>
      {answering === null ? null : (
        <Acknowledge
          agency={agency}
          look={answering}
          close={() => setAnswering(null)}
          done={() => {
            setAnswering(null);
            setTold(words.saved);
            list.again();
          }}
        />
      )}
    </FollowPage>
  );
}

function Row({ look, answer }: { look: Look; answer: () => void }) {
  const t = text().unusual;
  const when = (at: string) => moment(Date.parse(at), language.value, now.value);
  const { acknowledgement, referral } = look;
  const own = look.user.id === me.value?.id;
  return (
    <li>
      <div>
        <strong>{look.user.name}</strong>
        <span>{capital(look.flags.map(({ title }) => title).join(", "))}</span>
        <span class="subtle">
          {when(look.at)} · {capital(look.lookedAt.title)}
          {look.why.code === "part" ? "" : ` · ${look.why.title}`}
        </span>
        {acknowledgement == null ? null : (
          <>
            <span class="subtle">{t.acknowledged(acknowledgement.user.name, when(acknowledgement.at))}</span>
            <blockquote>{acknowledgement.note}</blockquote>
          </>
        )}
        {own && acknowledgement == null ? <span class="subtle">{t.own}</span> : null}
      </div>
      {referral == null ? null : (
        <a class="ds-link" href={`/formidling/${referral.reference}`}>
          {referral.reference}
        </a>
      )}
      {acknowledgement != null || own ? null : (
        <span class="buttons">
          <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={answer}>
            {t.acknowledge}
          </button>
        </span>
      )}
    </li>
  );
}

function Acknowledge({ agency, look, done, close }: { agency: string; look: Look; done: () => void; close: () => void }) {
  const t = text().unusual;
  const saving = useSaving("acknowledge");
  const [note, setNote] = useState("");
  const save = async () => {
    const params = { path: { agency, look: look.id } };
    const wrong = note.trim() === "" ? { "acknowledge-note": t.needNote } : {};
    if ((await saving.attempt(() => must(api.PUT("/api/v1/agencies/{agency}/access-log/{look}/acknowledgement", { params, body: { note: note.trim() } })), wrong)) !== null) done();
  };
  return (
    <Confirm title={t.title(look.user.name)} label={t.save} saving={saving} yes={() => void save()} no={close}>
      <TextField id="acknowledge-note" label={t.note} hint={t.noteHint} rows={3} value={note} set={setNote} faults={saving.faults} />
    </Confirm>
  );
}
