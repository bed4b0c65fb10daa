/** The arenas: who works there, what is seen, what there is, who is responsible and what is missing. */
import { useState } from "preact/hooks";
import { api, must } from "../../api/client";
import { language } from "../../i18n";
import { need } from "../../i18n/codes";
import { capital, place, term } from "../../i18n/terms";
import { day, now } from "../../i18n/time";
import { inOslo } from "../../i18n/zone";
import { useAsked } from "../../ui/asked";
import { Done } from "../../ui/Done";
import { Summary, useSaving } from "../../ui/form";
import { ListOf, useList } from "../../ui/list";
import { ArenaForm } from "./ArenaForm";
import { Frame, text } from "./Frame";
import { type Arena, forgetArenas } from "./state";

export default function Arenas() {
  const t = text();
  const [asked, go] = useAsked();
  const list = useList<Arena>((cursor) => must(api.GET("/api/v1/outreach/arenas", { params: { query: { limit: 100, ...cursor } } })), []);
  const [open, setOpen] = useState<Arena | "new" | null>(asked.ny === undefined ? null : "new");
  const [gone, setGone] = useState(false);
  /** What was saved here or taken back. */
  const [after, setAfter] = useState<Arena | null>(null);
  const saving = useSaving("arena");
  const close = (changed: Arena | null) => {
    setOpen(null);
    setAfter(changed);
    if (asked.ny !== undefined) go({ ny: "" });
    if (changed === null) return;
    void forgetArenas();
    list.again();
  };
  const bringBack = async (arena: Arena) => {
    setAfter(null);
    const back = await saving.attempt(() => putAgain(arena));
    if (back !== null) close(back);
  };
  const edit = (arena: Arena | "new") => {
    setAfter(null);
    setOpen(arena);
  };
  return (
    <Frame here="arenas" title={t.arenas.title} lead={t.arenas.lead}>
      {after === null ? null : (
        <Done told={after.withdrawnAt == null ? t.arenas.saved : t.arenas.withdrawn(after.name)} undo={after.withdrawnAt == null ? null : () => void bringBack(after)} busy={saving.busy} />
      )}
      <Summary saving={saving} />
      {open === null ? (
        <>
          <p>
            <button type="button" class="ds-button" onClick={() => edit("new")}>
              {t.arenas.add}
            </button>
          </p>
          <ListOf list={list} none={t.arenas.none} label={t.arenas.title} row={(arena) => <Row key={arena.id} arena={arena} edit={() => edit(arena)} />} />
          <details onToggle={(event) => setGone(event.currentTarget.open)}>
            <summary>{t.arenas.gone}</summary>
            {gone ? <Gone after={after} bringBack={bringBack} /> : null}
          </details>
        </>
      ) : (
        <ArenaForm key={open === "new" ? "new" : open.id} from={open === "new" ? null : open} done={close} />
      )}
    </Frame>
  );
}

/** It says what it said, and so counts again. */
function putAgain(arena: Arena): Promise<Arena> {
  const { agency, name, area, problems, effort, missing, responsible, present, reviewedOn } = arena;
  const said = { name, area: area ?? null, problems, effort: effort ?? null, missing: missing ?? null, reviewedOn: reviewedOn ?? null };
  const people = { agency: agency.slug, responsible: responsible?.slug ?? null, present: present.map((one) => ({ agency: one.agency.slug, timesAMonth: one.timesAMonth })) };
  const params = { path: { id: arena.id }, header: { "If-Match": `"${arena.version}"` } };
  return must(api.PUT("/api/v1/outreach/arenas/{id}", { params, body: { ...said, ...people } }));
}

/** The arenas that were taken back; asked for anew when one of them changes. */
function Gone({ after, bringBack }: { after: Arena | null; bringBack: (arena: Arena) => Promise<void> }) {
  const t = text().arenas;
  const list = useList<Arena>((cursor) => must(api.GET("/api/v1/outreach/arenas", { params: { query: { limit: 100, withdrawn: true, ...cursor } } })), [after?.version, after?.id]);
  return (
    <ListOf
      list={list}
      none={t.noneGone}
      label={t.gone}
      row={(arena) => (
        <li key={arena.id}>
          <strong>{arena.name}</strong>
          <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-label={t.againThis(arena.name)} onClick={() => void bringBack(arena)}>
            {t.again}
          </button>
        </li>
      )}
    />
  );
}

function Row({ arena, edit }: { arena: Arena; edit: () => void }) {
  const t = text().arenas;
  const district = arena.area?.length === 6 ? arena.area : null;
  const facts: readonly (readonly [string, string])[] = [
    [t.problems, capital(arena.problems.map((code) => term(need, code)).join(", "))],
    [t.effort, arena.effort ?? ""],
    [t.missing, arena.missing ?? ""],
    [t.responsible, arena.responsible?.name ?? ""],
    [t.present, arena.present.map(({ agency, timesAMonth }) => t.often(agency.name, timesAMonth)).join(", ")],
  ];
  return (
    <li>
      <div>
        <strong>{arena.name}</strong>
        <span class="subtle">
          {[place(arena.area?.slice(0, 4), district), arena.reviewedOn == null ? null : t.reviewed(day(inOslo(arena.reviewedOn), language.value, now.value))].filter((part) => part !== null).join(" · ")}
        </span>
        <dl class="arena-facts">
          {facts.map(([name, told]) => (
            <div key={name}>
              <dt class="subtle">{name}</dt>
              <dd>{told === "" ? t.nothing : told}</dd>
            </div>
          ))}
        </dl>
      </div>
      <button type="button" class="ds-button" data-variant="secondary" data-size="sm" aria-label={t.editThis(arena.name)} onClick={edit}>
        {t.edit}
      </button>
    </li>
  );
}
