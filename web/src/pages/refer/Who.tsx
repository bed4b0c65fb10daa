import { useState } from "preact/hooks";
import { Checks, Choose, Radios, Write } from "./Fields";
import { FLAGS, type Protection } from "./form";
import { type NumberKind, KINDS, dufLooksWrong } from "./number";
import { CENTRE, DISTRICTS, OSLO } from "./places";
import { directory } from "./reference";
import { faults, form, set } from "./state";
import { text } from "./words";

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
      <More />
    </section>
  );
}

function Age() {
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

/** What is seldom known or needed; open when something is in it or wrong with it. */
function More() {
  const t = text();
  const { name, language, interpreter, protection, number, numberKind } = form.value;
  const filled = name !== "" || language !== "" || interpreter || protection !== "none" || number !== "";
  const bad = faults.value.some(({ field }) => ["name", "language", "number"].includes(field));
  const [opened, open] = useState(false);
  return (
    <details class="more" open={opened || bad} onToggle={(event) => open(event.currentTarget.open)}>
      <summary>
        {filled ? t.moreHas : t.more} {filled ? null : <span class="optional">{t.optional}</span>}
      </summary>
      <div class="stack">
        <Write field="name" label={t.name} value={name} write={(name) => set({ name })} optional max={200} />
        <Choose field="language" label={t.language} value={language} empty={t.unknown} choose={(language) => set({ language })} groups={[{ options: languages() }]} optional />
        <label class="tick">
          <input type="checkbox" checked={interpreter} onChange={(event) => set({ interpreter: event.currentTarget.checked })} />
          <span>{t.interpreter}</span>
        </label>
        <Choose
          field="protection"
          label={t.protection}
          value={protection}
          choose={(value) => set({ protection: value as Protection })}
          groups={[{ options: Object.entries(t.protections) }]}
        />
        <div class="pair">
          <Choose
            field="numberKind"
            label={t.numberKind}
            value={numberKind}
            choose={(value) => set({ numberKind: value as NumberKind })}
            groups={[{ options: KINDS.map((kind) => [kind, t.numbers[kind]] as const) }]}
          />
          <Write field="number" label={t.number} help={t.numberHelp} value={number} write={(number) => set({ number })} optional input={{ inputMode: "numeric", spellcheck: false }} />
        </div>
        {numberKind === "duf" && dufLooksWrong(number) ? <p class="note">{t.numberFault.duf}</p> : null}
      </div>
    </details>
  );
}

const LANGUAGES = ["nb", "ar", "da", "en", "fa", "fr", "ku", "pl", "prs", "ps", "ro", "ru", "so", "sv", "ti", "tr", "uk", "ur", "vi"];

function languages(): (readonly [string, string])[] {
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
  const [first, ...rest] = LANGUAGES.map((code) => [code, names.of(code) ?? code] as const);
  return [...(first === undefined ? [] : [first]), ...rest.sort(([, a], [, b]) => a.localeCompare(b))];
}
