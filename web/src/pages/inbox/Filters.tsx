import { useEffect, useRef, useState } from "preact/hooks";
import funnel from "@navikt/aksel-icons/svg/Filter.svg?raw";
import lens from "@navikt/aksel-icons/svg/MagnifyingGlass.svg?raw";
import { Icon } from "../../ui/Icon";
import { later } from "../../ui/later";
import { type Filter, count } from "./views";
import { text } from "./words";

const Choices = later(() => import("./Choices"));
const WAIT_MS = 250;

/** Search and filters. What they say stands in the address. */
export function Filters({ filter, go }: { filter: Filter; go: (next: Filter) => void }) {
  const t = text().filter;
  const [open, setOpen] = useState(count({ ...filter, q: "" }) > 0);
  const set = count({ ...filter, q: "" });
  return (
    <div class="filters" role="search">
      <div class="filters-line">
        <Search filter={filter} go={go} />
        <button
          type="button"
          class="ds-button"
          data-variant={set > 0 ? "secondary" : "tertiary"}
          data-size="sm"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <Icon svg={funnel} />
          {set > 0 ? t.count(String(set)) : t.title}
        </button>
      </div>
      {open ? <Choices filter={filter} go={go} /> : null}
    </div>
  );
}

function Search({ filter, go }: { filter: Filter; go: (next: Filter) => void }) {
  const t = text().filter;
  const [typed, setTyped] = useState(filter.q);
  const timer = useRef(0);
  useEffect(() => setTyped(filter.q), [filter.q]);
  return (
    <div class="search">
      <Icon svg={lens} />
      <input
        id="inbox-search"
        class="ds-input"
        type="search"
        aria-label={t.search}
        placeholder={t.search}
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onInput={(event) => {
          const q = event.currentTarget.value;
          setTyped(q);
          clearTimeout(timer.current);
          timer.current = window.setTimeout(() => go({ ...filter, q: q.trim() }), WAIT_MS);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
    </div>
  );
}
