import { useState } from "preact/hooks";
import { now } from "../../i18n/time";
import { daysBetween, isDay, localDay, plusDays } from "../../i18n/zone";
import { type Faults, TextField } from "../../ui/form";
import { exceptions } from "./sentence";
import { datesOf, read, writeDates } from "./week";
import { text } from "./words";

/** Dates that somebody is about to add. */
export interface New {
  readonly from: string;
  readonly to: string;
  readonly spans: string;
}

export const NOTHING: New = { from: "", to: "", spans: "" };

/** No holiday is longer; who types another year by mistake is asked. */
const LONGEST_DAYS = 100;

interface ExceptionsProps {
  readonly dates: string;
  readonly set: (dates: string) => void;
  readonly adding: New;
  readonly setAdding: (adding: New) => void;
  readonly faults: Faults;
}

/** Single dates on which it is open otherwise, or closed. */
export function Exceptions({ dates, set, adding, setAdding, faults }: ExceptionsProps) {
  const t = text().hours.exception;
  const [wrong, setWrong] = useState<Faults>({});
  const today = localDay(now.value);
  const listed = exceptions(dates).filter(({ to }) => to >= today);
  const change = (part: Partial<New>) => {
    setWrong({});
    setAdding({ ...adding, ...part });
  };
  const add = () => {
    const to = adding.to === "" ? adding.from : adding.to;
    const spans = read(adding.spans);
    const faults: Record<string, string> = {};
    if (!isDay(adding.from) || adding.from < today) faults["exception-from"] = t.needDate;
    else if (!isDay(to) || to < adding.from || daysBetween(adding.from, to) > LONGEST_DAYS) faults["exception-to"] = t.needEnd;
    if (spans === null || spans.some(([from, until]) => until <= from)) faults["exception-spans"] = t.unreadable;
    setWrong(faults);
    const [first] = Object.keys(faults);
    if (first !== undefined || spans === null) {
      document.getElementById(first ?? "exception-spans")?.focus();
      return;
    }
    const all = new Map(datesOf(dates));
    for (let day = adding.from; day <= to; day = plusDays(day, 1)) all.set(day, spans);
    set(writeDates(all));
    setAdding(NOTHING);
    document.getElementById("exception-from")?.focus();
  };
  const remove = (from: string, to: string) => set(writeDates(new Map([...datesOf(dates)].filter(([day]) => day < from || day > to))));
  const byEnter = (event: KeyboardEvent) => {
    // Enter adds the date; it must not save a calendar that somebody is still writing.
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    add();
  };
  const all = { ...faults, ...wrong };
  return (
    <fieldset class="week" onKeyDown={byEnter}>
      <legend class="ds-label">{t.title}</legend>
      <p class="hint">{t.hint}</p>
      {listed.length === 0 ? <p class="subtle">{t.none}</p> : null}
      {listed.length === 0 ? null : (
        <ul class="rows" aria-label={t.title}>
          {listed.map(({ from, to, days, what }) => (
            <li key={from} id={`calendar-openingHours-dates-${from}`} tabIndex={-1}>
              <div>
                <span>
                  <strong>{days}</strong> {what}
                </span>
              </div>
              <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-label={t.removeThis(days)} onClick={() => remove(from, to)}>
                {t.remove}
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="pair">
        <TextField id="exception-from" label={t.from} type="date" value={adding.from} set={(from) => change({ from })} faults={all} />
        <TextField id="exception-to" label={t.to} type="date" optional value={adding.to} set={(to) => change({ to })} faults={all} />
        <TextField id="exception-spans" label={t.spans} placeholder={text().hours.closed} value={adding.spans} set={(spans) => change({ spans })} faults={all} />
      </div>
      <p>
        <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={add}>
          {t.add}
        </button>
      </p>
    </fieldset>
  );
}
