/** Asks until when a row is put aside. */
import { useEffect, useRef, useState } from "preact/hooks";
import { language } from "../../i18n";
import { clock, moment, now } from "../../i18n/time";
import { localMinute } from "../../i18n/zone";
import type { Row } from "../../referral/api";
import { shell } from "../../shell/words";
import { LONGEST_MS, ownTime, presets } from "./until";
import { text } from "./words";

export default function Aside({ row, choose, onClose }: { row: Row; choose: (until: number) => void; onClose: () => void }) {
  const t = text().aside;
  const dialog = useRef<HTMLDialogElement>(null);
  const [own, setOwn] = useState("");
  const [wrong, setWrong] = useState(false);
  useEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>(".aside-times button")?.focus();
  }, []);
  const submit = (event: Event) => {
    event.preventDefault();
    const until = ownTime(own, Date.now());
    setWrong(until === null);
    if (until === null) document.getElementById("aside-own")?.focus();
    else choose(until);
  };
  return (
    <dialog ref={dialog} class="ds-dialog" aria-labelledby="aside-title" onClose={onClose}>
      <form class="stack" onSubmit={submit} noValidate>
        <h2 id="aside-title" class="ds-heading" data-size="xs">
          {t.title(row.reference)}
        </h2>
        <p class="subtle">{t.lead}</p>
        <div class="aside-times">
          {presets(now.value).map(({ name, until }) => (
            <button key={name} type="button" class="ds-button" data-variant="secondary" onClick={() => choose(until)}>
              {t.presets[name]} <span>{name === "monday" ? moment(until, language.value, now.value) : clock(until, language.value)}</span>
            </button>
          ))}
        </div>
        <div class="ds-field">
          <label class="ds-label" for="aside-own">
            {t.own}
          </label>
          <div class="with-button">
            <input
              id="aside-own"
              class="ds-input"
              type="datetime-local"
              min={localMinute(now.value)}
              max={localMinute(now.value + LONGEST_MS)}
              value={own}
              aria-invalid={wrong ? "true" : undefined}
              aria-describedby={wrong ? "aside-own-fault" : undefined}
              onInput={(event) => {
                setOwn(event.currentTarget.value);
                setWrong(false);
              }}
            />
            <button type="submit" class="ds-button">
              {t.put}
            </button>
          </div>
          {wrong ? (
            <p id="aside-own-fault" class="ds-validation-message" role="alert">
              {t.ownWrong}
            </p>
          ) : null}
        </div>
        <p>
          <button type="button" class="ds-button" data-variant="tertiary" onClick={() => dialog.current?.close()}>
            {shell().cancel}
          </button>
        </p>
      </form>
    </dialog>
  );
}
