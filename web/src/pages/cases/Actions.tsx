import { useState } from "preact/hooks";
import more from "@navikt/aksel-icons/svg/MenuElipsisHorizontal.svg?raw";
import { Icon } from "../../ui/Icon";
import { text as referralText } from "../../referral/words";
import type { Action, Case } from "./api";
import { text } from "./words";

/** In the order in which people look for them; the server says which there are, and one that is not here comes last. */
const ORDER = ["accept-coordination", "decline-coordination", "add-referral", "reopen", "change-needs", "propose-coordinator", "assign-coordinator", "merge", "split", "close"];
/** Whoever was asked must answer. */
const PRIMARY = "accept-coordination";
/** These stand open; the rest is one press away. */
const NEAR = [PRIMARY, "decline-coordination", "add-referral", "reopen"];

type Take = (action: Action) => void;

/** What may be done with the case, by the case's own answer. */
export function Actions({ found, take }: { found: Case; take: Take }) {
  const t = text();
  const [open, setOpen] = useState(false);
  const place = ({ action }: Action) => (ORDER.indexOf(action) + ORDER.length + 1) % (ORDER.length + 1);
  const all = found.actions.toSorted((one, other) => place(one) - place(other));
  if (all.length === 0) return <p class="subtle">{t.page.nothing}</p>;
  const near = all.filter(({ action }) => NEAR.includes(action));
  // Where nothing presses, what there is stands open.
  const far = near.length === 0 ? [] : all.filter(({ action }) => !NEAR.includes(action));
  return (
    <div class="actions" role="group" aria-label={t.page.actions}>
      {(near.length === 0 ? all : near).map((action) => (
        <One key={action.action} found={found} action={action} asked={near[0]?.action === PRIMARY} take={take} />
      ))}
      {far.length === 0 ? null : (
        <>
          <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>
            <Icon svg={more} />
            {referralText().actions.more}
          </button>
          {open ? far.map((action) => <One key={action.action} found={found} action={action} asked={false} take={take} />) : null}
        </>
      )}
    </div>
  );
}

function One({ found, action, asked, take }: { found: Case; action: Action; asked: boolean; take: Take }) {
  const t = text();
  if (action.action === "add-referral") {
    return (
      <>
        <a class="ds-button" data-variant={asked ? "secondary" : undefined} data-size="sm" href={`/ny?sak=${found.reference}`}>
          {t.page.refer}
        </a>
        <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => take(action)}>
          {t.page.attach}
        </button>
      </>
    );
  }
  if (action.action === "merge") {
    return (
      <a class="ds-button" data-variant="tertiary" data-size="sm" href={`/sak/${found.reference}/sammenlign`}>
        {action.title}
      </a>
    );
  }
  const variant = action.action === PRIMARY ? undefined : NEAR.includes(action.action) ? "secondary" : "tertiary";
  return (
    <button type="button" class="ds-button" data-variant={variant} data-size="sm" onClick={() => take(action)}>
      {action.title}
    </button>
  );
}
