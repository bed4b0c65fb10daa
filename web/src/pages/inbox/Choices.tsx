import { useEffect, useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { handoffState, urgency } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import { type Agency, agencies } from "../../referral/directory";
import { type Filter, bare, count } from "./views";
import { text } from "./words";

const STATES = ["sent", "acknowledged", "info-requested", "accepted", "in-progress", "on-hold", "declined", "returned-with-advice", "completed"];

/** By what the list can be narrowed. */
export default function Choices({ filter, go }: { filter: Filter; go: (next: Filter) => void }) {
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
