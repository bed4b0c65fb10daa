import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { text } from "./words";

export interface Command {
  readonly name: string;
  readonly key?: string | undefined;
  readonly run: () => void;
}

const REFERENCE = /^[0-9a-hj-np-tv-z]{4}-?[0-9a-hj-np-tv-z]{2}$/i;

/** Everything that can be done here, by its name. */
export default function Palette({ commands, open, onClose }: { commands: readonly Command[]; open: (reference: string) => void; onClose: () => void }) {
  const t = text().palette;
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const fitting = useMemo(() => {
    const wanted = typed.trim().toLocaleLowerCase();
    const hits = commands.filter((command) => command.name.toLocaleLowerCase().includes(wanted));
    if (!REFERENCE.test(wanted)) return hits;
    const plain = wanted.replace("-", "").toUpperCase();
    const reference = `${plain.slice(0, 4)}-${plain.slice(4)}`;
    return [{ name: t.open(reference), run: () => open(reference) }, ...hits];
  }, [typed, commands, open, t]);
  const chosen = Math.min(at, fitting.length - 1);
  const run = (command: Command | undefined) => {
    if (command === undefined) return;
    dialog.current?.close();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((chosen + step + fitting.length) % Math.max(1, fitting.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(fitting[chosen]);
    }
  };
  return (
    <dialog ref={dialog} class="ds-dialog palette" aria-label={t.title} onClose={onClose}>
      <input
        class="ds-input"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={fitting.length === 0 ? undefined : `palette-${String(chosen)}`}
        aria-label={t.search}
        placeholder={t.search}
        autocomplete="off"
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="palette-list" role="listbox" aria-label={t.title}>
        {fitting.map((command, index) => (
          <li
            key={command.name}
            id={`palette-${String(index)}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => run(command)}
            onPointerMove={() => setAt(index)}
          >
            <span>{command.name}</span>
            {command.key === undefined ? null : <kbd>{command.key}</kbd>}
          </li>
        ))}
      </ul>
      {fitting.length === 0 ? <p class="subtle">{t.none}</p> : null}
    </dialog>
  );
}
