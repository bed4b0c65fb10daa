/** Who has broken the glass before what is ours, and what our own people have used it for: agreed to and reviewed here. */
import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { askReason } from "../../api/reason";
import { me } from "../../api/session";
import { language } from "../../i18n";
import { glassFinding } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { moment, now } from "../../i18n/time";
import { Deadline } from "../../referral/Deadline";
import { useAsked } from "../../ui/asked";
import { Choice, Confirm, Summary, TextField, useSaving } from "../../ui/form";
import { ListOf, useList } from "../../ui/list";
import { FollowPage, useLed } from "./Page";
import { text } from "./words";

type Glass = Schemas["AgencyGlassOut"];
type Finding = keyof typeof glassFinding.nb;

export default function Glasses() {
  const t = text();
  const words = t.glasses;
  const [asked, go] = useAsked();
  const [agency, choice] = useLed();
  const [told, setTold] = useState("");
  const unreviewed = asked.vis !== "alle";
  const list = useList<Glass>(
    (cursor) => must(api.GET("/api/v1/agencies/{agency}/break-glass", { params: { path: { agency }, query: { unreviewed, limit: 50, ...cursor } } })),
    [agency, unreviewed],
  );
  const changed = (what: string) => {
    setTold(what);
    list.again();
  };
  return (
    <FollowPage title={t.tasks.glasses.title} lead={words.lead} told={told}>
      {choice}
      <Choice
        name="glasses-show"
        label={t.show}
        value={unreviewed ? "open" : "all"}
        set={(which) => go({ vis: which === "all" ? "alle" : "" })}
        options={[
          ["open", t.open],
          ["all", t.all],
        ]}
      />
      <ListOf
        list={list}
        none={unreviewed ? words.none : words.noneAll}
        label={t.tasks.glasses.title}
        row={(glass) => <Row key={glass.id} agency={agency} glass={glass} changed={changed} again={list.again} />}
      />
    </FollowPage>
  );
}

function Row({ agency, glass, changed, again }: { agency: string; glass: Glass; changed: (what: string) => void; again: () => void }) {
  const t = text().glasses;
  const [reviewing, setReviewing] = useState(false);
  const when = (at: string) => moment(Date.parse(at), language.value, now.value);
  const { review, second, until, referral } = glass;
  const waits = glass.state.code === "waiting";
  // Nobody judges themselves, and the API says no to whoever tries.
  const own = glass.user.id === me.value?.id;
  return (
    <li>
      <div>
        <strong>{t.who(glass.user.name, glass.agency.name)}</strong>
        {glass.reason != null ? (
          <blockquote>{glass.reason}</blockquote>
        ) : glass.ours ? (
          // Of whoever is strictly confidential, to those who say why they look.
          <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => void askReason(`${location.origin}/api/v1/agencies/${agency}/break-glass`).then((said) => said && again())}>
            {t.why}
          </button>
        ) : null}
        <span class="subtle">
          {[t.asked(when(glass.askedAt)), capital(glass.state.title), until == null || glass.state.code !== "open" ? null : t.until(when(until))].filter(Boolean).join(" · ")}
        </span>
        {second == null ? null : <span class="subtle">{t.second(second.user.name, when(second.at), second.agrees)}</span>}
        {review == null ? null : (
          <>
            <span class="subtle">{t.reviewed(review.finding.title, review.user.name, when(review.at))}</span>
            {review.note == null ? null : <blockquote>{review.note}</blockquote>}
          </>
        )}
        {glass.ours ? null : <span class="subtle">{t.theirs}</span>}
        {glass.ours && review == null && !waits && glass.state.code !== "refused" ? (
          <span>
            {t.by} <Deadline dueAt={glass.reviewDueAt} />
          </span>
        ) : null}
        {glass.ours && waits && !own ? <Decide agency={agency} glass={glass} changed={changed} /> : null}
      </div>
      {referral == null ? null : (
        <a class="ds-link" href={`/formidling/${referral.reference}`}>
          {referral.reference}
        </a>
      )}
      {glass.ours && review == null && !waits && !own && glass.state.code !== "refused" ? (
        <span class="buttons">
          <button type="button" class="ds-button" data-size="sm" onClick={() => setReviewing(true)}>
            {t.review}
          </button>
        </span>
      ) : null}
      {reviewing ? (
        <Review
          agency={agency}
          glass={glass}
          done={() => {
            setReviewing(false);
            changed(t.saved);
          }}
          close={() => setReviewing(false)}
        />
      ) : null}
    </li>
  );
}

function Decide({ agency, glass, changed }: { agency: string; glass: Glass; changed: (what: string) => void }) {
  const t = text().glasses;
  const saving = useSaving("decision");
  const say = async (agrees: boolean) => {
    const params = { path: { agency, glass: glass.id } };
    if ((await saving.attempt(() => must(api.PUT("/api/v1/agencies/{agency}/break-glass/{glass}/decision", { params, body: { agrees } })))) !== null) changed(agrees ? t.agreed : t.refused);
  };
  return (
    <>
      <span>{t.decide}</span>
      <Summary saving={saving} />
      <span class="buttons">
        <button type="button" class="ds-button" data-size="sm" aria-busy={saving.busy} onClick={() => void say(true)}>
          {t.agree}
        </button>
        <button type="button" class="ds-button" data-variant="secondary" data-size="sm" aria-busy={saving.busy} onClick={() => void say(false)}>
          {t.refuse}
        </button>
      </span>
    </>
  );
}

function Review({ agency, glass, done, close }: { agency: string; glass: Glass; done: () => void; close: () => void }) {
  const t = text().glasses;
  const saving = useSaving("review");
  const [finding, setFinding] = useState<Finding>("justified");
  const [note, setNote] = useState("");
  const save = async () => {
    const params = { path: { agency, glass: glass.id } };
    const body = { finding, note: note.trim() };
    const wrong = body.note === "" ? { "review-note": t.needNote } : {};
    if ((await saving.attempt(() => must(api.PUT("/api/v1/agencies/{agency}/break-glass/{glass}/review", { params, body })), wrong)) !== null) done();
  };
  return (
    <Confirm title={t.reviewTitle(glass.referral?.reference ?? "")} label={t.save} saving={saving} yes={() => void save()} no={close}>
      <Choice name="review-finding" label={t.finding} value={finding} set={setFinding} options={(Object.keys(glassFinding.nb) as Finding[]).map((code) => [code, capital(term(glassFinding, code))] as const)} />
      <TextField id="review-note" label={t.note} hint={t.noteHint} rows={3} value={note} set={setNote} faults={saving.faults} />
      <p class="subtle">{t.endsNow}</p>
    </Confirm>
  );
}
