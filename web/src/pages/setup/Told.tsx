import { Alert } from "../../ui/Alert";
import type { Fields, Kept } from "../../ui/kept";
import { text } from "./words";

/** That it was saved, with a way back; that something is not saved yet. */
export function Told<F extends Fields>({ kept }: { kept: Kept<F> }) {
  const t = text();
  if (kept.told === null) return kept.dirty ? <p class="subtle">{t.unsaved}</p> : null;
  const { undo } = kept;
  return (
    <Alert color="success" live>
      <p class="buttons">
        <span>{kept.told === "saved" ? t.saved : t.undone}</span>
        {undo === null ? null : (
          <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => void undo()}>
            {t.undo}
          </button>
        )}
      </p>
    </Alert>
  );
}
