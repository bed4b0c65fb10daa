import { useState } from "preact/hooks";
import { Choose, Write } from "./Fields";
import type { Protection } from "./form";
import { type NumberKind, KINDS, dufLooksWrong } from "./number";
import { faults, form, set } from "./state";
import { laterText, text } from "./words";

/** What is seldom known or needed; open when something is in it or wrong with it. */
export function More() {
  const [t, w] = [text(), laterText()];
  const { name, language, interpreter, protection, number, numberKind } = form.value;
  const filled = name !== "" || language !== "" || interpreter || protection !== "none" || number !== "";
  const bad = faults.value.some(({ field }) => ["name", "language", "number"].includes(field));
  const [opened, open] = useState(false);
  return (
    <details class="more" open={opened || bad} onToggle={(event) => open(event.currentTarget.open)}>
      <summary>
        {filled ? w.moreHas : t.more} {filled ? null : <span class="optional">{t.optional}</span>}
      </summary>
      <div class="stack">
        <Write field="name" label={w.name} value={name} write={(name) => set({ name })} optional max={200} />
        <Choose field="language" label={w.language} value={language} empty={t.unknown} choose={(language) => set({ language })} groups={[{ options: languages() }]} optional />
        <label class="tick">
          <input type="checkbox" checked={interpreter} onChange={(event) => set({ interpreter: event.currentTarget.checked })} />
          <span>{w.interpreter}</span>
        </label>
        <Choose
          field="protection"
          label={w.protection}
          value={protection}
          choose={(value) => set({ protection: value as Protection })}
          groups={[{ options: Object.entries(w.protections) }]}
        />
        <div class="pair">
          <Choose
            field="numberKind"
            label={w.numberKind}
            value={numberKind}
            choose={(value) => set({ numberKind: value as NumberKind })}
            groups={[{ options: KINDS.map((kind) => [kind, w.numbers[kind]] as const) }]}
          />
          <Write field="number" label={w.number} help={w.numberHelp} value={number} write={(number) => set({ number })} optional input={{ inputMode: "numeric", spellcheck: false }} />
        </div>
        {numberKind === "duf" && dufLooksWrong(number) ? <p class="note">{w.numberFault.duf}</p> : null}
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
