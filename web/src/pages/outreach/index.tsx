/** A patrol on the phone: start it, count, finish. Below it, what is not sent yet and the last patrols. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { capital } from "../../i18n/terms";
import { dropNight, nights, wake } from "../../offline/shelf";
import { useAsked } from "../../ui/asked";
import { Alert } from "../../ui/Alert";
import { Confirm, Select, Ticks, useSaving } from "../../ui/form";
import { later } from "../../ui/later";
import { ListOf, useList } from "../../ui/list";
import { Loading } from "../../ui/Loading";
import { Frame, at, mineToKeep, text } from "./Frame";
import { Walking } from "./Walking";
import { arenas, begin, endedElsewhere, finished, reopen, start, walk } from "./state";

type Patrol = Schemas["OutreachPatrol"];

/** Whoever only counts loads none of it. */
const OnePatrol = later(() => import("./Patrol"));

export default function Outreach() {
  const t = text();
  const [asked] = useAsked();
  const walking = walk.value !== null;
  const was = useRef(walking);
  useEffect(() => void begin(), []);
  // Whoever begins or ends a patrol presses at the end of one page and is at the top of another.
  useEffect(() => {
    if (was.current !== walking) scrollTo(0, 0);
    was.current = walking;
  }, [walking]);
  if (asked.patrulje !== undefined) return <OnePatrol id={asked.patrulje} />;
  return walk.value === null ? (
    <Frame key="still" here="patrol" title={t.title} lead={t.lead}>
      <Sent />
      <Unsent />
      <Start />
      <Last />
    </Frame>
  ) : (
    <Frame key="walking" here="patrol" title={t.walk.title} lead={`${t.walk.since(at(walk.value.from))}. ${t.walk.kept}`}>
      <Walking walk={walk.value} />
      <Unsent />
    </Frame>
  );
}

/** What became of the patrol that was finished here last. */
function Sent() {
  const t = text().sent;
  if (endedElsewhere.value) {
    return (
      <Alert color="warning" live>
        {t.elsewhere}
      </Alert>
    );
  }
  if (finished.value === null) return null;
  const waits = nights.value.find(({ id }) => id === finished.value);
  if (waits?.data.problem != null) return null;
  return (
    <Alert color={waits === undefined ? "success" : "info"} live>
      {waits === undefined ? (
        <p class="buttons">
          <span>{t.stored}</span>
          <a class="ds-link" href={`/ute?patrulje=${finished.value}`}>
            {t.look}
          </a>
        </p>
      ) : (
        t.waiting
      )}
    </Alert>
  );
}

function Start() {
  const t = text().start;
  const own = mineToKeep();
  const [agency, setAgency] = useState(own[0]?.slug ?? "");
  const [workers, setWorkers] = useState("2");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [missing, setMissing] = useState(false);
  if (arenas.value === null) return <Loading />;
  const here = arenas.value.filter((arena) => arena.agency.slug === agency);
  const go = (event: Event) => {
    event.preventDefault();
    setMissing(chosen.length === 0);
    if (chosen.length > 0) start(agency, Number(workers), chosen);
  };
  if (here.length === 0) {
    return (
      <div class="empty">
        <p>{t.noArenas}</p>
        <p>
          <a class="ds-link" href="/ute/arenaer?ny=1">
            {t.newArena}
          </a>
        </p>
      </div>
    );
  }
  return (
    <form class="card stack start-walk" onSubmit={go} noValidate>
      {own.length < 2 ? null : <Select id="walk-agency" label={t.agency} value={agency} set={setAgency} options={own.map(({ slug, name }) => [slug, name] as const)} />}
      <Ticks
        id="walk-arenas"
        label={t.arenas}
        chosen={chosen}
        set={(ids) => {
          setChosen(ids);
          setMissing(false);
        }}
        options={here.map(({ id, name }) => [id, name] as const)}
        {...(missing ? { faults: { "walk-arenas": t.needArena } } : {})}
      />
      <Select id="walk-workers" label={t.workers} value={workers} set={setWorkers} options={[1, 2, 3, 4, 5, 6].map((count) => [String(count), String(count)] as const)} />
      <p>
        <button type="submit" class="ds-button">
          {t.button}
        </button>
      </p>
    </form>
  );
}

/** Patrols that the server does not have yet. */
function Unsent() {
  const { sent: t, walk: w } = text();
  const [throwing, setThrowing] = useState<string | null>(null);
  const saving = useSaving("night");
  const waiting = nights.value.filter(({ id, data }) => id !== finished.value || data.problem !== null);
  if (waiting.length === 0) return null;
  return (
    <section class="stack" aria-labelledby="unsent">
      <h2 id="unsent" class="ds-heading" data-size="xs">
        {t.title}
      </h2>
      <ul class="rows">
        {waiting.map(({ id, data }) => (
          <li key={id}>
            <div>
              <strong>{t.one((data.request.contacts ?? []).reduce((sum, { tally }) => sum + tally.persons, 0), at(data.request.from))}</strong>
              {data.problem === null ? null : <span class="late">{t.refused([data.problem.detail, ...(data.problem.errors ?? []).map(({ detail }) => detail)].join(" "))}</span>}
            </div>
            {data.problem === null ? (
              <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => wake.value++}>
                {t.retry}
              </button>
            ) : (
              <span class="buttons">
                {/* Under an id that is taken by something else no other words will do; and there is one patrol at a time. */}
                {data.problem.code === "conflict" || walk.value !== null ? null : (
                  <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => void reopen(id)}>
                    {t.mend}
                  </button>
                )}
                <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" data-color="danger" onClick={() => setThrowing(id)}>
                  {t.drop}
                </button>
              </span>
            )}
          </li>
        ))}
      </ul>
      {throwing === null ? null : (
        <Confirm title={w.discardTitle} label={w.discard} danger saving={saving} yes={() => void saving.attempt(() => dropNight(throwing).then(() => setThrowing(null)))} no={() => setThrowing(null)}>
          <p>{w.discardText}</p>
        </Confirm>
      )}
    </section>
  );
}

/** What stands in the register, and on request what was taken back. */
function Last() {
  const t = text().last;
  const [gone, setGone] = useState(false);
  return (
    <section class="stack" aria-labelledby="last-patrols">
      <h2 id="last-patrols" class="ds-heading" data-size="xs">
        {t.title}
      </h2>
      <Patrols withdrawn={false} none={t.none} label={t.title} />
      <details onToggle={(event) => setGone(event.currentTarget.open)}>
        <summary>{t.gone}</summary>
        {gone ? <Patrols withdrawn none={t.noneGone} label={t.gone} /> : null}
      </details>
    </section>
  );
}

function Patrols({ withdrawn, none, label }: { withdrawn: boolean; none: string; label: string }) {
  const t = text().last;
  const unsent = nights.value.length;
  const list = useList<Patrol>((cursor) => must(api.GET("/api/v1/outreach/patrols", { params: { query: { limit: 10, withdrawn, ...cursor } } })), [unsent]);
  return (
    <ListOf
      list={list}
      none={none}
      label={label}
      row={(patrol) => (
        <li key={patrol.id}>
          <div>
            <a class="ds-link" href={`/ute?patrulje=${patrol.id}`}>
              <strong>{capital(at(patrol.from))}</strong>
            </a>
            <span>{patrol.arenas.map(({ name }) => name).join(", ")}</span>
            <span class="subtle">
              {t.met(patrol.persons, patrol.new)}, {t.workers(patrol.workers)}
            </span>
          </div>
        </li>
      )}
    />
  );
}
