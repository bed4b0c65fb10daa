/** That something was done, with a way back. */
import { useEffect, useRef } from "preact/hooks";
import { words } from "../i18n";
import { form as en } from "../i18n/en/form";
import { form as nb } from "../i18n/nb/form";
import { Alert } from "./Alert";

const text = words(nb, en);

/** Somebody who pressed a button that is gone now finds themselves here. */
export function Done(props: { readonly told: string; readonly undo: (() => void) | null; readonly busy: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), [props.told]);
  return (
    <div ref={box} tabIndex={-1} class="fault-summary">
      <Alert color="success" live>
        <p class="buttons">
          <span>{props.told}</span>
          {props.undo === null ? null : (
            <button type="button" class="ds-button" data-variant="secondary" data-size="sm" aria-busy={props.busy} onClick={props.undo}>
              {text().undo}
            </button>
          )}
        </p>
      </Alert>
    </div>
  );
}
