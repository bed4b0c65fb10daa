/** Corrects one line of a tally, where it stands in the list. */
import { useEffect, useRef } from "preact/hooks";
import { api } from "../../api/client";
import { acquaintance, ageBand, contactOutcome, need, sex } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { Alert } from "../../ui/Alert";
import { Choice, Conflict, Save, Select, TextField, Ticks } from "../../ui/form";
import { useKept, versioned } from "../../ui/kept";
import { text } from "./Frame";
import { type Contact, type LineForm as Form, formOf, needsIn, tallyOf, wrongIn } from "./line";
import { AGES, options } from "./terms";

type Arena = readonly [id: string, name: string];

interface Props {
  readonly line: Contact;
  readonly arenas: readonly Arena[];
  readonly saved: (before: Contact, after: Contact) => void;
  readonly cancel: () => void;
}

export function LineForm({ line, arenas, saved, cancel }: Props) {
  const t = text().patrol.form;
  const path = { id: line.id };
  /** As it stands while nothing is saved: what others have changed meanwhile is not undone with what I have. */
  const before = useRef(line);
  const seen = ({ data, version }: { data: Contact; version: number }) => ({ form: formOf(data), version });
  const inWords = (field: keyof Form & string, value: string): string => {
    const lists = { acquaintance, age: ageBand, sex, outcome: contactOutcome };
    if (field in lists) return term(lists[field as keyof typeof lists], value);
    if (field === "arena") return arenas.find(([id]) => id === value)?.[1] ?? "";
    return field === "needs" ? needsIn(value).map((code) => term(need, code)).join(", ") : value;
  };
  const kept = useKept<Form>({
    first: { form: formOf(line), version: line.version },
    prefix: "line",
    read: async () => {
      const newest = await versioned(api.GET("/api/v1/outreach/contacts/{id}", { params: { path } }));
      before.current = newest.data;
      return seen(newest);
    },
    write: async (form, version) => {
      const params = { path, header: { "If-Match": `"${version}"` } };
      const after = await versioned(api.PUT("/api/v1/outreach/contacts/{id}", { params, body: { patrol: line.patrol, tally: tallyOf(form, before.current.referral) } }));
      saved(before.current, after.data);
      return seen(after);
    },
    words: (field, value) => ({ label: t[field as "persons"], value: inWords(field, value) }),
    wrong: (form) => wrongIn(form, t),
  });
  const { form, put, saving } = kept;
  const { faults } = saving;
  useEffect(() => {
    const first = document.getElementById("line-tally-persons");
    if (first instanceof HTMLInputElement) first.select();
    first?.focus();
  }, []);
  const told = ["line-tally-clients", "line-tally-missing", "line-tally-needs", "line-tally-outcome"].some((id) => faults[id] !== undefined);
  const [more, lost] = [told || Number(form.clients) + Number(form.missing) > 0, before.current.referral != null && form.outcome !== "referred"];
  return (
    <form class="stack line-form" onSubmit={(event) => void kept.submit(event)} noValidate aria-labelledby="line-title">
      <h3 id="line-title" class="ds-heading" data-size="2xs">
        {t.title}
      </h3>
      {form.counts === "" ? <Alert color="warning">{t.goneMeanwhile}</Alert> : null}
      <TextField id="line-tally-persons" label={t.persons} numeric value={form.persons} set={(persons) => put({ persons })} faults={faults} />
      <Choice name="line-acquaintance" label={t.acquaintance} value={form.acquaintance} set={(acquaintance) => put({ acquaintance })} options={options(acquaintance)} />
      <Choice name="line-sex" label={t.sex} value={form.sex} set={(sex) => put({ sex })} options={options(sex)} />
      <div class="pair">
        <Select id="line-tally-age" label={t.age} value={form.age} set={(age) => put({ age: age as Form["age"] })} options={AGES.map((age) => [age, capital(term(ageBand, age))] as const)} faults={faults} />
        <Select id="line-tally-arena" label={t.arena} value={form.arena} set={(arena) => put({ arena })} options={arenas} faults={faults} />
      </div>
      <details open={more}>
        <summary>{t.more}</summary>
        <div class="stack">
          <Ticks id="line-tally-needs" label={t.needs} chosen={needsIn(form.needs)} set={(needs) => put({ needs: needs.toSorted().join(" ") })} options={options(need)} faults={faults} />
          <Select
            id="line-tally-outcome"
            label={t.outcome}
            hint={lost ? t.loses(before.current.referral ?? "") : undefined}
            value={form.outcome}
            set={(outcome) => put({ outcome: outcome as Form["outcome"] })}
            options={options(contactOutcome)}
            faults={faults}
          />
          <TextField id="line-tally-clients" label={t.clients} numeric value={form.clients} set={(clients) => put({ clients })} faults={faults} />
          <TextField id="line-tally-missing" label={t.missing} numeric value={form.missing} set={(missing) => put({ missing })} faults={faults} />
        </div>
      </details>
      {kept.conflict === null ? null : <Conflict differences={kept.conflict} />}
      <Save saving={saving} cancel={cancel} />
    </form>
  );
}
