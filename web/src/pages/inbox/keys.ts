/** The keys of the inbox. Single keys can be switched off, and are dead inside fields and dialogs. */
import { tinykeys } from "tinykeys";
import { singleKeys } from "../../singleKeys";

interface Bindings {
  readonly next: () => void;
  readonly previous: () => void;
  /** `a`, `r`, `f`, `i`: an action of the referral. */
  readonly act: (key: string) => void;
  readonly select: () => void;
  readonly aside: () => void;
  readonly undo: () => void;
  readonly search: () => void;
  readonly help: () => void;
  readonly palette: () => void;
}

const WRITES = "input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]";

/** Listens until the returned function is called. */
export function listen(bindings: Bindings): () => void {
  const single = (work: () => void) => (event: KeyboardEvent) => {
    const inField = event.target instanceof Element && event.target.closest(WRITES) !== null;
    if (!singleKeys.value || inField || document.querySelector("dialog[open]") !== null) return;
    event.preventDefault();
    work();
  };
  return tinykeys(window, {
    j: single(bindings.next),
    k: single(bindings.previous),
    a: single(() => bindings.act("a")),
    r: single(() => bindings.act("r")),
    f: single(() => bindings.act("f")),
    i: single(() => bindings.act("i")),
    x: single(bindings.select),
    s: single(bindings.aside),
    z: single(bindings.undo),
    // On Norwegian keyboards both of these are typed with Shift.
    "/": single(bindings.search),
    "Shift+/": single(bindings.search),
    "?": single(bindings.help),
    "Shift+?": single(bindings.help),
    "$mod+k": (event) => {
      if (document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      bindings.palette();
    },
  });
}
