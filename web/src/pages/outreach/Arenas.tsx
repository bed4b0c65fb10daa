/** The arenas: who works there, what is seen, what there is, who is responsible and what is missing. */
import { useState } from "preact/hooks";
import { api, must } from "../../api/client";
import { language } from "../../i18n";
import { need } from "../../i18n/codes";
import { capital, place, term } from "../../i18n/terms";
import { day, now } from "../../i18n/time";
import { inOslo } from "../../i18n/zone";
import { useAsked } from "../../ui/asked";
import { Alert } from "../../ui/Alert";
import { ListOf, useList } from "../../ui/list";
import { ArenaForm } from "./ArenaForm";
import { Frame, text } from "./Frame";
import { type Arena, forgetArenas } from "./state";

export default function Arenas() {
  const t = text();
  const [asked, go] = useAsked();
  const list = useList<Arena>((cursor) => must(api.GET("/api/v1/outreach/arenas", { params: { query: { limit: 100, ...cursor } } })), []);
  const [open, setOpen] = useState<Arena | "new" | null>(asked.ny === undefined ? null : "new");
  const [saved, setSaved] = useState(false);
  const close = (after: Arena | null) => {
    setOpen(null);
    setSaved(after !== null);
    if (asked.ny !== undefined) go({ ny: "" });
    if (after === null) return;
    void forgetArenas();
    list.again();
  };
  const edit = (arena: Arena | "new") => {
    setSaved(false);
    setOpen(arena);
  };
  return (
    <Frame here="arenas" title={t.arenas.title} lead={t.arenas.lead}>
      {saved ? (
        <Alert color="success" live>
          {t.arenas.saved}
        </Alert>
      ) : null}
      {open === null ? (
        <>
          <p>
            <button type="button" class="ds-button" onClick={() => edit("new")}>
              {t.arenas.add}
            </button>
          </p>
          <ListOf list={list} none={t.arenas.none} label={t.arenas.title} row={(arena) => <Row key={arena.id} arena={arena} edit={() => edit(arena)} />} />
        </>
      ) : (
        <ArenaForm key={open === "new" ? "new" : open.id} from={open === "new" ? null : open} done={close} />
      )}
    </Frame>
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
