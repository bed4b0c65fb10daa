import { useEffect, useRef, useState } from "preact/hooks";
import funnel from "@navikt/aksel-icons/svg/Filter.svg?raw";
import lens from "@navikt/aksel-icons/svg/MagnifyingGlass.svg?raw";
import { type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { handoffState, urgency } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { type Agency, agencies } from "../../referral/directory";
import { Icon } from "../../ui/Icon";
import { type Filter, bare, count } from "./views";
import { text } from "./words";

const STATES = ["sent", "acknowledged", "info-requested", "accepted", "in-progress", "on-hold", "declined", "returned-with-advice", "completed"];
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

function Choices({ filter, go }: { filter: Filter; go: (next: Filter) => void }) {
  const words = text();
  const t = words.filter;
  const spoken = language.value;
  const [workflows, setWorkflows] = useState<readonly Schemas["WorkflowSummary"][]>([]);
  const [directory, setDirectory] = useState<readonly Agency[]>([]);
  useEffect(() => {
    must(api.GET("/api/v1/workflows", { params: { query: { limit: 100 } } })).then(
      (page) => setWorkflows([...new Map(page.items.map((one) => [one.id, one])).values()]),
      () => setWorkflows([]),
    );
    agencies().then(setDirectory, () => setDirectory([]));
  }, [spoken]);
  const select = (name: "workflow" | "urgency" | "state" | "agency", options: readonly (readonly [string, string])[]) => (
    <label>
      <span>{t[name]}</span>
      <select class="ds-input" value={filter[name]} onChange={(event) => go({ ...filter, [name]: event.currentTarget.value })}>
        <option value="">{t.any}</option>
        {filter[name] !== "" && !options.some(([value]) => value === filter[name]) ? <option value={filter[name]}>{filter[name]}</option> : null}
        {options.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div class="filters-choices">
      {select("workflow", workflows.map(({ id, title }) => [id, title] as const))}
      {select("urgency", Object.keys(urgency.nb).map((code) => [code, capital(term(urgency, code))] as const))}
      {select("state", STATES.map((code) => [code, capital(term(handoffState, code))] as const))}
      {select("agency", directory.map(({ slug, name }) => [slug, name] as const))}
      <label class="tick">
        <input type="checkbox" checked={filter.overdue} onChange={(event) => go({ ...filter, overdue: event.currentTarget.checked })} />
        <span>{t.overdue}</span>
      </label>
      {count(filter) > 0 ? (
        <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => go(bare(filter))}>
          {words.empty.clear}
        </button>
      ) : null}
    </div>
  );
}
