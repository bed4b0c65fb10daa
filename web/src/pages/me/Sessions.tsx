import { useState } from "preact/hooks";
import { type Schemas, Refused, api, done, must } from "../../api/client";
import { signOut } from "../../api/session";
import { language } from "../../i18n";
import { moment, now } from "../../i18n/time";
import { Alert } from "../../ui/Alert";
import { Failed } from "../../ui/Failed";
import { Confirm, Summary, useSaving } from "../../ui/form";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { text } from "./words";

type Session = Schemas["MySession"];

/** The browsers and phones on which I am signed in, and the way out of each: for one that is lost, or that others use. */
export function Sessions() {
  const t = text().sessions;
  const found = useLoad(() => must(api.GET("/api/v1/me/sessions")), []);
  const saving = useSaving("session");
  const everywhere = useSaving("everywhere");
  const [asking, setAsking] = useState(false);
  const [told, setTold] = useState("");
  const end = async (session: Session) => {
    setTold("");
    if (session.current) return signOut();
    const ended = await saving.attempt(() =>
      done(api.DELETE("/api/v1/me/sessions/{id}", { params: { path: { id: session.id } } })).catch((refused: unknown) => {
        if (refused instanceof Refused && refused.status === 404) return false;
        throw refused;
      }),
    );
    if (ended === null) return;
    setTold(ended ? t.ended : t.already);
    found.again();
  };
  const endAll = async () => {
    const left = await everywhere.attempt(() => signOut(() => done(api.DELETE("/api/v1/me/sessions"))).then(() => true));
    // Whoever chose to stay, for what is not sent yet, is not asked again.
    if (left !== null) setAsking(false);
  };
  return (
    <section class="card stack" aria-labelledby="sessions-title">
      <h2 id="sessions-title" class="ds-heading" data-size="2xs">
        {t.title}
      </h2>
      <p class="subtle">{t.lead}</p>
      {told === "" ? null : (
        <Alert color="success" live>
          {told}
        </Alert>
      )}
      {found.error === null ? null : <Failed error={found.error} again={found.again} />}
      {found.data === null ? (
        found.error === null ? <Loading /> : null
      ) : found.data.items.length === 0 ? (
        <p>{t.none}</p>
      ) : (
        <ul class="rows" aria-label={t.title}>
          {[...found.data.items].sort(hereFirst).map((session) => (
            <Row key={session.id} session={session} busy={saving.busy} end={() => void end(session)} />
          ))}
        </ul>
      )}
      <Summary saving={saving} />
      <p class="buttons">
        <button type="button" class="ds-button" data-variant="secondary" data-color="danger" onClick={() => setAsking(true)}>
          {t.everywhere}
        </button>
      </p>
      {asking ? (
        <Confirm title={t.everywhereTitle} label={t.everywhere} danger saving={everywhere} yes={() => void endAll()} no={() => setAsking(false)}>
          <p>{t.everywhereText}</p>
        </Confirm>
      ) : null}
    </section>
  );
}

/** The others stay in their order: the one used last first. */
function hereFirst(one: Session, other: Session): number {
  return Number(other.current) - Number(one.current);
}

function Row({ session, busy, end }: { session: Session; busy: boolean; end: () => void }) {
  const t = text().sessions;
  const when = (at: string) => moment(Date.parse(at), language.value, now.value);
  return (
    <li>
      <div>
        <strong>{session.current ? t.here : t.elsewhere}</strong>
        <span class="subtle">
          {t.began(when(session.beganAt))} · {t.used(when(session.renewedAt))}
        </span>
      </div>
      <button
        type="button"
        class="ds-button"
        data-variant="secondary"
        data-size="sm"
        aria-label={session.current ? t.endHere : t.endThat(when(session.beganAt))}
        aria-busy={busy}
        onClick={end}
      >
        {t.end}
      </button>
    </li>
  );
}
