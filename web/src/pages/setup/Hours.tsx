import { useEffect, useState } from "preact/hooks";
import { type Schemas, api } from "../../api/client";
import { language } from "../../i18n";
import { capital } from "../../i18n/terms";
import { now } from "../../i18n/time";
import { localDay } from "../../i18n/zone";
import { type Agency as Entry, agencies } from "../../referral/directory";
import { Conflict, type Faults, Save, Select, TextField } from "../../ui/form";
import { type Seen, useKept, versioned } from "../../ui/kept";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { weekdayName } from "../directory/hours";
import { type Agency, AgencySetup, NotYours, administers } from "./Agency";
import { Exceptions, NOTHING, type New } from "./Exceptions";
import { exceptions, sentence } from "./sentence";
import { Told } from "./Told";
import { type Mode, SLOTS, type Slot, type Typed, read, toHours, toTyped, write } from "./week";
import { text } from "./words";
import "./setup.css";

type Form = Typed;

function seen({ data, version }: { data: Schemas["CalendarOut"]; version: number }): Seen<Form> {
  return { form: toTyped((data.openingHours ?? null), data.outOfHours?.slug ?? ""), version };
}

/** When an agency can be reached. */
export default function OpeningHours() {
  return <AgencySetup tab="hours">{(agency) => <Found agency={agency.data} />}</AgencySetup>;
}

function Found({ agency }: { agency: Agency }) {
  const path = { agency: agency.slug };
  const ask = async () => seen(await versioned(api.GET("/api/v1/agencies/{agency}/calendar", { params: { path } })));
  const found = useLoad(ask, [agency.slug]);
  const others = useLoad(agencies, []);
  if (found.data === null || others.data === null) {
    const error = found.error ?? others.error;
    return error === null ? <Loading /> : <NotYours error={error} again={found.error === null ? others.again : found.again} />;
  }
  if (!administers(agency)) {
    return (
      <div class="card stack">
        <InWords typed={found.data.form} />
        <p class="subtle">{text().forbidden}</p>
      </div>
    );
  }
  return <Calendar agency={agency} first={found.data} ask={ask} others={others.data.filter(({ id }) => id !== agency.id)} />;
}

/** The calendar in words. */
function InWords({ typed }: { typed: Typed }) {
  const t = text().hours;
  const today = localDay(now.value);
  const dates = typed.mode === "hours" ? exceptions(typed.dates).filter(({ to }) => to >= today) : [];
  return (
    <div class="stack-tight" role="status">
      <p>{sentence(toHours(typed))}</p>
      {dates.length === 0 ? null : <p>{t.say.except(dates.map(({ days, what }) => `${days} ${what}`).join("; "))}</p>}
    </div>
  );
}

function slotName(slot: Slot): string {
  return slot === "holidays" ? text().hours.holidays : capital(weekdayName(slot, language.value));
}

function wrongIn(form: Form, adding: New): Faults {
  const t = text().hours;
  if (form.mode !== "hours") return {};
  const wrong: Record<string, string> = {};
  for (const slot of SLOTS) {
    const spans = read(form[slot]);
    if (spans === null) wrong[`calendar-openingHours-${slot}`] = t.unreadable(slotName(slot));
    else if (slot === "holidays" && spans.some(([from, to]) => to <= from)) wrong[`calendar-openingHours-${slot}`] = t.overMidnight;
  }
  if (Object.values(adding).some((value) => value !== "")) wrong["exception-from"] = t.exception.notAdded;
  return wrong;
}

interface CalendarProps {
  readonly agency: Agency;
  readonly first: Seen<Form>;
  readonly ask: () => Promise<Seen<Form>>;
  readonly others: readonly Entry[];
}

function Calendar({ agency, first, ask, others }: CalendarProps) {
  const t = text().hours;
  const [adding, setAdding] = useState<New>(NOTHING);
  const name = (slug: string) => others.find((other) => other.slug === slug)?.name ?? slug;
  const kept = useKept<Form>({
    first,
    prefix: "calendar",
    read: ask,
    write: async (form, version) =>
      seen(
        await versioned(
          api.PUT("/api/v1/agencies/{agency}/calendar", {
            params: { path: { agency: agency.slug }, header: { "If-Match": `"${String(version)}"` } },
            body: { openingHours: toHours(form) as Record<string, unknown>, outOfHours: form.outOfHours === "" ? null : form.outOfHours },
          }),
        ),
      ),
    words: (field, value) => {
      if (field === "mode") return { label: t.mode, value: t.modes[value as Mode] };
      if (field === "outOfHours") return { label: t.outOfHours, value: name(value) };
      if (field === "dates") return { label: t.exception.title, value: exceptions(value).map(({ days, what }) => `${days} ${what}`).join("; ") };
      return { label: slotName(field), value };
    },
    wrong: (form) => wrongIn(form, adding),
  });
  const { form, put, saving } = kept;
  return (
    <form class="card stack" onSubmit={kept.submit} noValidate>
      <p class="subtle">{t.lead}</p>
      <fieldset class="choice">
        <legend>{t.mode}</legend>
        <div class="choice-row">
          {(["hours", "always", "unknown"] as const).map((mode) => (
            <label key={mode}>
              <input type="radio" name="mode" checked={form.mode === mode} onChange={() => put({ mode })} />
              <span>{t.modes[mode]}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {form.mode === "hours" ? (
        <>
          <Week form={form} put={put} faults={saving.faults} />
          <Exceptions dates={form.dates} set={(dates) => put({ dates })} adding={adding} setAdding={setAdding} faults={saving.faults} />
        </>
      ) : null}
      <div class="say">
        <p class="subtle">{t.say.title}</p>
        <InWords typed={form} />
      </div>
      <Select
        id="calendar-outOfHours"
        label={t.outOfHours}
        hint={t.outOfHoursHint}
        value={form.outOfHours}
        set={(outOfHours) => put({ outOfHours })}
        options={[["", t.nobody], ...others.map(({ slug, name }) => [slug, name] as const)]}
        faults={saving.faults}
      />
      {kept.conflict === null ? null : <Conflict differences={kept.conflict} />}
      <Told kept={kept} />
      <Save saving={saving} />
    </form>
  );
}

/** One field a day, and one key to let the working days be as Monday. */
function Week({ form, put, faults }: { form: Form; put: (changed: Partial<Form>) => void; faults: Faults }) {
  const t = text().hours;
  const [same, setSame] = useState(false);
  useEffect(() => setSame(false), [form.mon]);
  return (
    <fieldset class="week">
      <legend class="ds-label">{t.week}</legend>
      <p class="hint">{t.weekHint}</p>
      {SLOTS.map((slot) => (
        <div key={slot} class="week-day">
          <TextField
            id={`calendar-openingHours-${slot}`}
            label={slotName(slot)}
            value={form[slot]}
            set={(value) => put({ [slot]: value })}
            leave={() => {
              const spans = read(form[slot]);
              if (spans !== null) put({ [slot]: write(spans) });
            }}
            placeholder={t.closed}
            faults={faults}
          />
          {slot === "mon" ? (
            <button
              type="button"
              class="ds-button"
              data-variant="secondary"
              data-size="sm"
              onClick={() => {
                const mon = write(read(form.mon) ?? []) || form.mon;
                put({ mon, tue: mon, wed: mon, thu: mon, fri: mon });
                setSame(true);
              }}
            >
              {t.same}
            </button>
          ) : null}
        </div>
      ))}
      <p class="visually-hidden" role="status">
        {same ? t.sameDone : ""}
      </p>
    </fieldset>
  );
}
