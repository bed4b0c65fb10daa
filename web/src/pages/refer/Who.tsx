import { ErrorBoundary, lazy } from "preact-iso";
import { Checks, Choose, Radios, Write } from "./Fields";
import { FLAGS } from "./form";
import { CENTRE, DISTRICTS, OSLO } from "./places";
import { directory } from "./reference";
import { form, set } from "./state";
import { loadLater, text } from "./words";

/** Seldom needed, so it comes when the rest stands. */
const More = lazy(() => Promise.all([import("./More"), loadLater()]).then(([file]) => file.More));

const AGES = ["13", "14", "15", "16", "17", "18", "19"];

/** Who it is about, as far as known. */
export function Who() {
  const t = text();
  const { alias, flags } = form.value;
  return (
    <section class="part" aria-labelledby="who-title">
      <h2 id="who-title" class="ds-heading" data-size="2xs">
        {t.who}
      </h2>
      <Write field="alias" label={t.alias} help={t.aliasHelp} value={alias} write={(alias) => set({ alias })} optional max={200} />
      <Age />
      <Place />
      <Checks field="flags" legend={t.flags} value={flags} options={FLAGS.map((value) => ({ value, label: t.flag[value] }))} choose={(flags) => set({ flags })} optional />
      <ErrorBoundary>
        <More />
      </ErrorBoundary>
    </section>
  );
}

/** Roughly how old, with unknown first. */
export function Age() {
  const t = text();
  const { age } = form.value;
  const chip = AGES.includes(age) || age === "" ? age : "other";
  return (
    <Radios
      field="age"
      legend={t.age}
      value={chip}
      options={[{ value: "", label: t.unknown }, ...AGES.map((value) => ({ value, label: value }))]}
      choose={(age) => set({ age })}
    >
      <input
        class="ds-input chip-input"
        type="text"
        inputMode="numeric"
        autocomplete="off"
        maxLength={3}
        aria-label={t.otherAge}
        placeholder={t.otherAge}
        value={chip === "other" ? age : ""}
        onInput={(event) => set({ age: event.currentTarget.value })}
      />
    </Radios>
  );
}

function Place() {
  const t = text();
  const { place, protection } = form.value;
  const others = directory.value.agencies.filter(({ kind, municipality }) => kind === "municipality" && (municipality ?? OSLO) !== OSLO);
  const value = place === "" || place === CENTRE ? place : "other";
  return (
    <>
      <Radios
        field="place"
        legend={t.place}
        value={value}
        options={[
          { value: "", label: t.unknown },
          { value: CENTRE, label: "Sentrum" },
        ]}
        choose={(place) => set({ place })}
      >
        <Choose
          field="place-other"
          label={t.otherPlace}
          hideLabel
          value={value === "other" ? place : ""}
          empty={t.choosePlace}
          choose={(place) => set({ place })}
          groups={[
            { label: "Oslo", options: DISTRICTS.filter(([code]) => code !== CENTRE) },
            { label: t.municipalities, options: others.map(({ municipality, name }) => [municipality ?? "", name] as const) },
          ]}
        />
      </Radios>
      {protection === "strictly-confidential" ? <p class="note">{t.placeKept}</p> : null}
    </>
  );
}
