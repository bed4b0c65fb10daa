import { useEffect, useRef, useState } from "preact/hooks";
import { beforeLeaving } from "../api/session";
import { words } from "../i18n";
import { offline as en } from "../i18n/en/offline";
import { offline as nb } from "../i18n/nb/offline";
import { install, newVersion, takeNewVersion } from "./install";
import { begin } from "./outbox";
import { mine } from "./shelf";
import "./keeper.css";

const text = words(nb, en);

interface Left {
  readonly waiting: number;
  readonly drafts: number;
  readonly answer: (leave: boolean) => void;
}

/** Looks after the outbox on every page, asks before somebody leaves unsent work, and offers a newer version. */
export default function Keeper() {
  const [left, setLeft] = useState<Left | null>(null);
  useEffect(() => {
    void install();
    const ask = async () => {
      const store = mine();
      if (store === null) return true;
      const [waiting, drafts] = await Promise.all([store.count("waiting"), store.count("draft")]).catch(() => [0, 0] as const);
      if (waiting + drafts === 0) return true;
      return new Promise<boolean>((resolve) => {
        setLeft({
          waiting,
          drafts,
          answer: (leave) => {
            setLeft(null);
            resolve(leave);
          },
        });
      });
    };
    beforeLeaving.push(ask);
    const end = begin();
    return () => {
      end();
      beforeLeaving.splice(beforeLeaving.indexOf(ask), 1);
    };
  }, []);
  const t = text();
  return (
    <>
      {newVersion.value === null ? null : (
        <div class="new-version" role="status">
          <span>{t.version}</span>
          <button type="button" class="ds-button" data-size="sm" data-variant="secondary" onClick={takeNewVersion}>
            {t.update}
          </button>
        </div>
      )}
      {left === null ? null : <Leaving left={left} />}
    </>
  );
}

function Leaving({ left }: { left: Left }) {
  const t = text().leaving;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="ds-dialog" aria-labelledby="leaving-title" onCancel={() => left.answer(false)}>
      <h2 id="leaving-title" class="ds-heading" data-size="xs">
        {t.title}
      </h2>
      {left.waiting > 0 ? <p>{t.waiting(left.waiting)}</p> : null}
      {left.drafts > 0 ? <p>{t.drafts(left.drafts)}</p> : null}
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
