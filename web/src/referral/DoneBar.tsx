import undoIcon from "@navikt/aksel-icons/svg/ArrowUndo.svg?raw";
import cross from "@navikt/aksel-icons/svg/XMark.svg?raw";
import { shell } from "../shell/words";
import { Icon } from "../ui/Icon";
import { last } from "./doing";
import { text } from "./words";

/** Tells what was done last, and offers to take it back. */
export function DoneBar({ onUndo }: { onUndo: () => void }) {
  const t = text().done;
  const done = last.value;
  const words =
    done === null
      ? ""
      : done.state === "doing"
        ? t.doing(done.what, done.reference)
        : done.state === "done"
          ? t.did(done.what, done.reference)
          : done.state === "undone"
            ? t.undone(done.reference)
            : `${shell().failed}: ${t.did(done.what, done.reference)}. ${done.why === "" || done.why === undefined ? shell().problem.network : done.why}`;
  return (
    <div class="done" role="status" data-state={done?.state}>
      {done === null ? null : (
        <>
          <span>{words}</span>
          {done.undo === null && done.back === undefined ? null : (
            <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={onUndo}>
              <Icon svg={undoIcon} />
              {t.undo} <kbd>Z</kbd>
            </button>
          )}
          <button type="button" class="done-close" aria-label={shell().close} onClick={() => (last.value = null)}>
            <Icon svg={cross} />
          </button>
        </>
      )}
    </div>
  );
}
