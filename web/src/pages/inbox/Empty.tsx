import baton from "@navikt/aksel-icons/svg/CheckmarkCircle.svg?raw";
import { Icon } from "../../ui/Icon";
import { type Filter, count } from "./views";
import { text } from "./words";

/** Nothing here: why, and what comes here. */
export function Empty({ filter, clear }: { filter: Filter; clear: () => void }) {
  const t = text().empty;
  if (count(filter) > 0) {
    return (
      <div class="inbox-empty">
        <p>{t.filtered}</p>
        <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={clear}>
          {t.clear}
        </button>
      </div>
    );
  }
  const about = filter.view === "mine" && filter.unit ? "unit" : filter.view;
  return (
    <div class="inbox-empty">
      <Icon svg={baton} />
      <p>
        <strong>{t[about]}</strong>
      </p>
      <p class="subtle">{t[`${about}Hint`]}</p>
    </div>
  );
}
