import { useEffect, useRef } from "preact/hooks";
import { words } from "../i18n";
import { leaving as en } from "../i18n/en/leaving";
import { leaving as nb } from "../i18n/nb/leaving";

const text = words(nb, en);

/** How much is not sent yet, and what becomes of the person's answer. */
export interface Left {
  readonly waiting: number;
  readonly files: number;
  readonly drafts: number;
  readonly patrols: number;
  readonly answer: (leave: boolean) => void;
}

/** Asks whoever signs out with unsent work whether they mean it. */
export default function Leaving({ left }: { left: Left }) {
  const t = text();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="ds-dialog" aria-labelledby="leaving-title" onCancel={() => left.answer(false)}>
      <h2 id="leaving-title" class="ds-heading" data-size="xs">
        {t.title}
      </h2>
      {left.waiting > 0 ? <p>{t.waiting(left.waiting)}</p> : null}
      {left.files > 0 ? <p>{t.files(left.files)}</p> : null}
      {left.drafts > 0 ? <p>{t.drafts(left.drafts)}</p> : null}
      {left.patrols > 0 ? <p>{t.patrols(left.patrols)}</p> : null}
      <p>{t.text}</p>
      <p class="leaving-buttons">
        <button type="button" class="ds-button" onClick={() => left.answer(false)}>
          {t.stay}
        </button>
        <button type="button" class="ds-button" data-variant="secondary" onClick={() => left.answer(true)}>
          {t.leave}
        </button>
      </p>
    </dialog>
  );
}
