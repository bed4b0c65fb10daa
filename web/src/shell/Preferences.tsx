import { language, speak, words } from "../i18n";
import { account as en } from "../i18n/en/account";
import { account as nb } from "../i18n/nb/account";
import { type Scheme, paint, scheme } from "../scheme";

/** The words of what somebody chooses about themselves. */
export const account = words(nb, en);

/** Language and colours. Each language is named in itself, for whoever cannot read the other. */
export function Preferences() {
  const t = account();
  const schemes: readonly [Scheme, string][] = [
    ["auto", t.auto],
    ["light", t.light],
    ["dark", t.dark],
  ];
  return (
    <>
      <fieldset class="choice">
        <legend>{t.language}</legend>
        <div class="choice-row">
          <Choice name="language" checked={language.value === "nb"} choose={() => speak("nb")} lang="nb" label="Bokmål" />
          <Choice name="language" checked={language.value === "en"} choose={() => speak("en")} lang="en" label="English" />
        </div>
      </fieldset>
      <fieldset class="choice">
        <legend>{t.appearance}</legend>
        <div class="choice-row">
          {schemes.map(([value, label]) => (
            <Choice key={value} name="scheme" checked={scheme.value === value} choose={() => paint(value)} label={label} />
          ))}
        </div>
      </fieldset>
    </>
  );
}

function Choice(props: { name: string; checked: boolean; choose: () => void; label: string; lang?: string }) {
  return (
    <label lang={props.lang}>
      <input type="radio" name={props.name} checked={props.checked} onChange={props.choose} />
      <span>{props.label}</span>
    </label>
  );
}
