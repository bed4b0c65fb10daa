/** One patrol that stands in the register, line by line: each can be corrected, taken back, and made to count again. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { acquaintance, ageBand, contactOutcome, need, sex } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { Alert } from "../../ui/Alert";
import { Done } from "../../ui/Done";
import { Failed } from "../../ui/Failed";
import { Summary, isStale, useSaving } from "../../ui/form";
import { useLoad } from "../../ui/load";
import { ListOf, More, useList } from "../../ui/list";
import { Loading } from "../../ui/Loading";
import { Frame, at, text } from "./Frame";
import { LineForm } from "./LineForm";
import { type Contact, formOf, tallyOf } from "./line";
import { arenas } from "./state";

type Patrol = Schemas["OutreachPatrol"];

/** What was done here, with what undoes it and how that is told. */
interface Deed {
  readonly told: string;
  readonly undo?: { readonly work: () => Promise<unknown>; readonly told: string };
}

export default function OnePatrol({ id }: { id: string }) {
  const t = text();
  const patrol = useLoad(() => must(api.GET("/api/v1/outreach/patrols/{id}", { params: { path: { id } } })), [id]);
  const found = patrol.data;
  return (
    <Frame key={id} here="patrol" title={found === null ? t.title : t.patrol.title(at(found.from))} lead="">
      <p class="line-back">
        <a class="ds-link" href="/ute">
          ← {t.patrol.back}
        </a>
      </p>
      {patrol.error === null ? null : <Failed error={patrol.error} again={patrol.again} />}
      {found === null ? patrol.error === null ? <Loading /> : null : <Whole patrol={found} again={patrol.again} />}
    </Frame>
  );
}

function Whole({ patrol, again }: { patrol: Patrol; again: () => void }) {
  const t = text().patrol;
  const taken = patrol.withdrawnAt != null;
  const ask = (withdrawn: boolean) => (cursor: Readonly<{ cursor?: string }>) =>
    must(api.GET("/api/v1/outreach/contacts", { params: { query: { patrol: patrol.id, withdrawn, limit: 100, ...cursor } } }));
  const lines = useList<Contact>(ask(false), [patrol.id]);
  const gone = useList<Contact>(ask(true), [patrol.id]);
  const [open, setOpen] = useState<string | null>(null);
  const [deed, setDeed] = useState<Deed | null>(null);
  const saving = useSaving("line");
  const left = useRef<string | null>(null);
  // Whoever leaves a form unchanged is back where they opened it.
  useEffect(() => {
    if (open === null && left.current !== null) document.getElementById(`edit-${left.current}`)?.focus();
    left.current = open;
  }, [open]);

  const anew = () => {
    again();
    lines.again();
    gone.again();
  };
  const tell = (done: Deed) => {
    left.current = null;
    setOpen(null);
    setDeed(done);
    anew();
  };
  /** What others have changed meanwhile is shown when a press was refused for it. */
  const attempt = <T,>(work: () => Promise<T>) => {
    setDeed(null);
    return saving.attempt(() =>
      work().catch((refused: unknown) => {
        if (isStale(refused)) anew();
        throw refused;
      }),
    );
  };
  /** Says of a line what it said before, on the version that it has now. */
  const put = (line: Contact, { version }: { readonly version: number }) =>
    must(
      api.PUT("/api/v1/outreach/contacts/{id}", {
        params: { path: { id: line.id }, header: { "If-Match": `"${version}"` } },
        body: { patrol: line.patrol, tally: tallyOf(formOf(line), line.referral) },
      }),
    );
  const putPatrol = ({ version }: { readonly version: number }) => {
    const { agency, from, until, arenas, workers } = patrol;
    const params = { path: { id: patrol.id }, header: { "If-Match": `"${version}"` } };
    return must(api.PUT("/api/v1/outreach/patrols/{id}", { params, body: { agency: agency.slug, from, until: until ?? null, arenas: arenas.map(({ id }) => id), workers } }));
  };
  const withdraw = async (line: Contact) => {
    const params = { path: { id: line.id }, header: { "If-Match": `"${line.version}"` } };
    const after = await attempt(() => must(api.DELETE("/api/v1/outreach/contacts/{id}", { params })));
    if (after !== null) tell({ told: t.withdrawn, undo: { work: () => put(line, after), told: t.undone } });
  };
  const withdrawAll = async () => {
    const params = { path: { id: patrol.id }, header: { "If-Match": `"${patrol.version}"` } };
    const after = await attempt(() => must(api.DELETE("/api/v1/outreach/patrols/{id}", { params })));
    if (after !== null) tell({ told: t.allWithdrawn, undo: { work: () => putPatrol(after), told: t.allCount } });
  };
  const doing = async (work: () => Promise<unknown>, told: string) => {
    if ((await attempt(work)) !== null) tell({ told });
  };
  const edit = (line: Contact | null) => {
    setDeed(null);
    saving.clear();
    setOpen(line?.id ?? null);
  };
  const undo = deed?.undo;
  return (
    <>
      <p>
        {text().last.met(patrol.persons, patrol.new)}, {text().last.workers(patrol.workers)}
        <br />
        <span class="subtle">{t.by(patrol.enteredBy.name, at(patrol.enteredAt))}</span>
      </p>
      {deed === null ? null : <Done told={deed.told} undo={undo === undefined ? null : () => void doing(undo.work, undo.told)} busy={saving.busy} />}
      <Summary saving={saving} />
      {taken && deed === null ? (
        <Alert color="warning">
          <p class="buttons">
            <span>{t.takenBack}</span>
            <button type="button" class="ds-button" data-variant="secondary" data-size="sm" aria-busy={saving.busy} onClick={() => void doing(() => putPatrol(patrol), t.allCount)}>
              {t.again}
            </button>
          </p>
        </Alert>
      ) : null}
      {taken ? null : (
        <section class="stack" aria-labelledby="patrol-lines">
          <h2 id="patrol-lines" class="ds-heading" data-size="xs">
            {t.lines}
          </h2>
          <ListOf
            list={lines}
            none={t.none}
            label={t.lines}
            row={(line) =>
              line.id === open ? (
                <li key={line.id}>
                  <LineForm line={line} arenas={placesFor(patrol, line)} saved={(before, after) => tell({ told: t.corrected, ...(before.withdrawnAt == null ? { undo: { work: () => put(before, after), told: t.undone } } : {}) })} cancel={() => edit(null)} />
                </li>
              ) : (
                <Row key={line.id} line={line}>
                  <span class="buttons">
                    <button id={`edit-${line.id}`} type="button" class="ds-button" data-variant="secondary" data-size="sm" aria-label={t.editThis(called(line))} onClick={() => edit(line)}>
                      {t.edit}
                    </button>
                    <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-label={t.withdrawThis(called(line))} onClick={() => void withdraw(line)}>
                      {t.withdraw}
                    </button>
                  </span>
                </Row>
              )
            }
          />
        </section>
      )}
      {gone.data === null || gone.data.items.length === 0 ? null : (
        <section class="stack" aria-labelledby="patrol-gone">
          <h2 id="patrol-gone" class="ds-heading" data-size="xs">
            {taken ? t.lines : t.gone}
          </h2>
          <ul class="rows" aria-labelledby="patrol-gone">
            {gone.data.items.map((line) => (
              <Row key={line.id} line={line}>
                {taken ? null : (
                  <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-label={t.againThis(called(line))} onClick={() => void doing(() => put(line, line), t.counts)}>
                    {t.again}
                  </button>
                )}
              </Row>
            ))}
          </ul>
          <More list={gone} />
        </section>
      )}
      {taken ? null : (
        <p>
          <button type="button" class="ds-button" data-variant="secondary" data-color="danger" data-size="sm" aria-busy={saving.busy} onClick={() => void withdrawAll()}>
            {t.withdrawAll}
          </button>
        </p>
      )}
    </>
  );
}

/** The arenas of the patrol first, then the others of the register; that of the line in any case. */
function placesFor(patrol: Patrol, line: Contact): readonly (readonly [id: string, name: string])[] {
  const register = (arenas.value ?? []).filter(({ agency }) => agency.id === patrol.agency.id);
  const all = [...patrol.arenas, line.arena, ...register].map(({ id, name }) => [id, name] as const);
  return [...new Map(all)];
}

function Row({ line, children }: { line: Contact; children: ComponentChildren }) {
  const t = text().patrol;
  const more = [
    term(contactOutcome, line.outcome),
    ...line.needs.map((code) => term(need, code)),
    ...(line.clients === 0 ? [] : [t.clients(line.clients)]),
    ...(line.missing === 0 ? [] : [t.missing(line.missing)]),
  ];
  return (
    <li>
      <div>
        <strong>{called(line)}</strong>
        <span>{line.arena.name}</span>
        <span class="subtle">{capital(more.join(", "))}</span>
        {line.referral == null ? null : (
          <a class="ds-link" href={`/formidling/${line.referral}`}>
            {line.referral}
          </a>
        )}
      </div>
      {children}
    </li>
  );
}

function called(line: Contact): string {
  return text().patrol.line(line.persons, [term(ageBand, line.age), term(sex, line.sex), term(acquaintance, line.acquaintance)].join(", "));
}
