import { useEffect, useRef } from "preact/hooks";
import { shell } from "../../shell/words";
import { singleKeys, switchSingleKeys } from "../../singleKeys";
import { text } from "./words";

export default function KeyHelp({ onClose }: { onClose: () => void }) {
  const t = text().keys;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const keys: readonly (readonly [string, string])[] = [
    ["J", t.next],
    ["K", t.previous],
    ["Enter", t.enter],
    ["A", t.accept],
    ["R", t.return],
    ["F", t.forward],
    ["I", t.ask],
    ["X", t.select],
    ["S", t.aside],
    ["Z", t.undo],
    ["/", t.search],
    ["?", t.help],
    ["Ctrl K", t.palette],
  ];
  return (
    <dialog ref={dialog} class="ds-dialog" aria-labelledby="keys-title" onClose={onClose}>
      <h2 id="keys-title" class="ds-heading" data-size="xs">
        {t.title}
      </h2>
      <dl class="key-list">
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="tick">
        <input type="checkbox" checked={singleKeys.value} onChange={(event) => switchSingleKeys(event.currentTarget.checked)} />
        <span>{t.on}</span>
      </label>
      <p class="subtle">{t.hint}</p>
      <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => dialog.current?.close()}>
        {shell().close}
      </button>
    </dialog>
  );
}
