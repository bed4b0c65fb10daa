/** The absences of an agency: those that are known, a new one, and second thoughts about the last. */
import { useEffect, useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { day, now } from "../../i18n/time";
import { daysBetween, inOslo, isDay, localDay, plusDays } from "../../i18n/zone";
import { Done } from "../../ui/Done";
import { type Faults, Save, Select, Summary, TextField, useSaving } from "../../ui/form";
import { type Loaded, useLoad } from "../../ui/load";
import { text } from "./words";
import "./setup.css";

type Deputy = Schemas["DeputyOut"];
type Member = Schemas["MemberOut"];

export interface Found {
  readonly absences: readonly Deputy[];
  /** Those who do casework here: the only ones whose work somebody else can look after. */
  readonly people: readonly Member[];
}

async function everybody(agency: string): Promise<readonly Member[]> {
  const found: Member[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; active: boolean; cursor?: string } = { limit: 100, active: true, ...(cursor === null ? {} : { cursor }) };
    const page: Schemas["Page_MemberOut"] = await must(api.GET("/api/v1/agencies/{agency}/users", { params: { path: { agency }, query } }));
    found.push(...page.items.filter(({ roles }) => roles.includes("worker") || roles.includes("lead")));
    cursor = page.nextCursor ?? null;
  } while (cursor !== null);
  return found;
}

export function useAbsences(agency: string): Loaded<Found> {
  return useLoad<Found>(async () => {
    const [{ items }, people] = await Promise.all([
      must(api.GET("/api/v1/agencies/{agency}/deputies", { params: { path: { agency } } })),
      everybody(agency),
    ]);
    return { absences: items, people };
  }, [agency]);
}

/** The days of an absence, the last one included. */
function days({ from, to }: { from: string; to: string }): string {
  const first = day(Date.parse(from), language.value, now.value);
  const last = day(Date.parse(to) - 1, language.value, now.value);
  return first === last ? first : `${first} – ${last}`;
}

interface AbsencesProps {
  readonly slug: string;
  readonly found: Found;
  readonly again: () => void;
  /** The one whose absences these are; null for everybody's. */
  readonly only: string | null;
}

interface Deed {
  readonly what: string;
  readonly undo: () => Promise<unknown>;
}

export function Absences({ slug, found, again, only }: AbsencesProps) {
  const t = text().deputies;
  const removal = useSaving("absence");
  const [adding, setAdding] = useState(false);
  const [done, setDone] = useState<Deed | null>(null);
  const listed = found.absences;
  const create = (user: string, deputy: string, from: string, to: string) =>
    must(api.POST("/api/v1/agencies/{agency}/deputies", { params: { path: { agency: slug } }, body: { user, deputy, from, to } }));
  const drop = (id: string) => must(api.DELETE("/api/v1/agencies/{agency}/deputies/{deputy}", { params: { path: { agency: slug, deputy: id } } }));
  const remove = async (absence: Deputy) => {
    setDone(null);
    const gone = await removal.attempt(() => drop(absence.id));
    if (gone === null) return;
    const { user, deputy, from, to } = absence;
    setDone({ what: t.removed(user.name), undo: () => create(user.id, deputy.id, from, to) });
    again();
  };
  const undo = async () => {
    if (done === null) return;
    const back = await removal.attempt(done.undo);
    setDone(null);
    if (back !== null) again();
  };
  return (
    <>
      {done === null ? null : (
        <Done told={done.what} undo={() => void undo()} busy={removal.busy} />
      )}
      <Summary saving={removal} />
      {listed.length === 0 ? (
        <div class="empty">
          <p>
            <strong>{only === null ? t.none : t.noneOwn}</strong>
          </p>
          <p class="subtle">{t.noneHint}</p>
        </div>
      ) : (
        <ul class="rows" aria-label={t.title}>
          {listed.map((absence) => (
            <li key={absence.id}>
              <div>
                <span>
                  <strong>{absence.user.name}</strong> {days(absence)}
                  {absence.running ? <span class="running"> · {t.running}</span> : null}
                </span>
                <span class="subtle">{t.by(absence.deputy.name)}</span>
              </div>
              {only !== null && absence.user.id !== only ? null : (
                <button
                  type="button"
                  class="ds-button"
                  data-variant="tertiary"
                  data-size="sm"
                  aria-label={t.removeThis(absence.user.name, days(absence))}
                  onClick={() => void remove(absence)}
                >
                  {absence.running ? t.end : t.remove}
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {adding ? (
        <Add
          people={found.people}
          only={only}
          create={create}
          cancel={() => setAdding(false)}
          done={(added) => {
            setAdding(false);
            setDone({ what: t.added(added.user.name, added.deputy.name), undo: () => drop(added.id) });
            again();
          }}
        />
      ) : (
        <p>
          <button
            type="button"
            class="ds-button"
            onClick={() => {
              setAdding(true);
              setDone(null);
            }}
          >
            {t.add}
          </button>
        </p>
      )}
    </>
  );
}

interface AddProps {
  readonly people: readonly Member[];
  readonly only: string | null;
  readonly create: (user: string, deputy: string, from: string, to: string) => Promise<Deputy>;
  readonly done: (added: Deputy) => void;
  readonly cancel: () => void;
}

function Add({ people, only, create, done, cancel }: AddProps) {
  const t = text().deputies;
  const saving = useSaving("absence");
  const today = localDay(now.value);
  const [user, setUser] = useState(only ?? "");
  const [deputy, setDeputy] = useState("");
  const [from, setFrom] = useState(today);
  const [to, setTo] = useState("");
  useEffect(() => document.getElementById(only === null ? "absence-user" : "absence-deputy")?.focus(), []);
  const named = (id: string) => people.find((one) => one.id === id)?.displayName ?? "";
  const isWhole = user !== "" && deputy !== "" && isDay(from) && isDay(to) && to >= from;
  const submit = async (event: Event) => {
    event.preventDefault();
    const wrong: Record<string, string> = {};
    if (user === "") wrong["absence-user"] = t.needUser;
    if (deputy === "") wrong["absence-deputy"] = t.needDeputy;
    if (!isDay(from)) wrong["absence-from"] = t.needFrom;
    if (!isDay(to) || to < from) wrong["absence-to"] = t.needTo;
    // Both days are whole ones in Norway; the end is the midnight after the last.
    const iso = (day: string) => new Date(inOslo(day)).toISOString();
    const added = await saving.attempt(() => create(user, deputy, iso(from), iso(plusDays(to, 1))), wrong satisfies Faults);
    if (added !== null) done(added);
  };
  const faults = saving.faults;
  const options = (without: string) => [["", t.choose] as const, ...people.filter(({ id }) => id !== without).map(({ id, displayName }) => [id, displayName] as const)];
  return (
    <form class="card stack" onSubmit={submit} noValidate aria-labelledby="new-absence">
      <h2 id="new-absence" class="ds-heading" data-size="2xs">
        {t.add}
      </h2>
      <div class="pair">
        {only === null ? <Select id="absence-user" label={t.user} value={user} set={setUser} options={options("")} faults={faults} /> : null}
        <Select id="absence-deputy" label={t.deputy} hint={t.deputyHint} value={deputy} set={setDeputy} options={options(user)} faults={faults} />
      </div>
      <div class="pair">
        <TextField id="absence-from" label={t.from} type="date" value={from} set={setFrom} faults={faults} />
        <TextField id="absence-to" label={t.to} type="date" value={to} set={setTo} faults={faults} />
      </div>
      <p class="say" role="status">
        {isWhole
          ? t.say(named(deputy), named(user), days({ from: new Date(inOslo(from)).toISOString(), to: new Date(inOslo(plusDays(to, 1))).toISOString() }), daysBetween(from, to) + 1)
          : t.sayFirst}
      </p>
      <Save saving={saving} label={t.save} cancel={cancel} />
    </form>
  );
}
