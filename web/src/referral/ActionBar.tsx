import { useState } from "preact/hooks";
import more from "@navikt/aksel-icons/svg/MenuElipsisHorizontal.svg?raw";
import { Icon } from "../ui/Icon";
import type { Action, Referral } from "./api";
import { offered } from "./actions";
import { icons } from "./icons";
import { text } from "./words";

/** How many stand beside each other; a phone has room for these, and the rest is one press away. */
const BESIDE = 4;

/** What may be done, the likely first. */
export function ActionBar({ referral, keys, take }: { referral: Referral; keys: boolean; take: (action: Action) => void }) {
  const t = text();
  const [open, setOpen] = useState(false);
  const all = offered(referral);
  if (all.length === 0) return <p class="subtle">{t.actions.none}</p>;
  const likely = all.filter((one) => one.near);
  // Where nothing is likely, as for a sender who waits, what there is stands open and none of it invites.
  const near = (likely.length > 0 ? likely : all).slice(0, BESIDE);
  const far = all.filter((one) => !near.includes(one));
  return (
    <div class="actions" role="group" aria-label={t.actions.title}>
      {near.map(({ action, key }, index) => (
        <button
          key={action.action}
          type="button"
          class="ds-button"
          data-variant={index === 0 && likely.length > 0 ? undefined : "secondary"}
          data-size="sm"
          onClick={() => take(action)}
        >
          <Picture action={action} />
          {action.title}
          {keys && key !== null ? <kbd>{key.toUpperCase()}</kbd> : null}
        </button>
      ))}
      {far.length === 0 ? null : (
        <>
          <button
            type="button"
            class="ds-button"
            data-variant="tertiary"
            data-size="sm"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            <Icon svg={more} />
            {t.actions.more}
          </button>
          {open
            ? far.map(({ action }) => (
                <button key={action.action} type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => take(action)}>
                  {action.title}
                </button>
              ))
            : null}
        </>
      )}
    </div>
  );
}

function Picture({ action }: { action: Action }) {
  const svg = icons.get(action.action);
  return svg === undefined ? null : <Icon svg={svg} />;
}
