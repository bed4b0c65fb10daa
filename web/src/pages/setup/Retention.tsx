/** How long an agency keeps what was told, by workflow and with its ground. */
import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { me } from "../../api/session";
import { words } from "../../i18n";
import { retention as en } from "../../i18n/en/retention";
import { retention as nb } from "../../i18n/nb/retention";
import { Alert } from "../../ui/Alert";
import { type Faults, Save, Select, TextField, isStale, useSaving } from "../../ui/form";
import { versioned } from "../../ui/kept";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { type Agency, AgencySetup, NotYours, leads } from "./Agency";
import { text as setup } from "./words";

const text = words(nb, en);

/** A rule as it stands in the form. */
interface Rule {
  readonly workflow: string;
  readonly months: string;
  readonly legalRef: string;
}

const EMPTY: Rule = { workflow: "", months: "", legalRef: "" };

const written = ({ workflow, months, legalRef }: Schemas["RuleBody"]): Rule => ({ workflow: workflow ?? "", months: String(months), legalRef });

export default function Retention() {
  return <AgencySetup tab="retention">{(agency) => <Found agency={agency.data} />}</AgencySetup>;
}

function Found({ agency }: { agency: Agency }) {
  const path = { agency: agency.slug };
  const found = useLoad(() => versioned(api.GET("/api/v1/agencies/{agency}/retention", { params: { path } })), [agency.slug]);
  const flows = useLoad(() => must(api.GET("/api/v1/workflows", { params: { query: { limit: 100 } } })), []);
  if (found.data === null || flows.data === null) {
    const error = found.error ?? flows.error;
    return error === null ? <Loading /> : <NotYours error={error} again={found.again} />;
  }
  const titles = new Map(flows.data.items.map(({ id, title }) => [id, title]));
  const called = (workflow: string | null | undefined) => (workflow == null || workflow === "" ? text().every : (titles.get(workflow) ?? workflow));
  return <Rules agency={agency} found={found.data} titles={titles} called={called} again={found.set} />;
}

interface Told {
  readonly data: Schemas["RetentionOut"];
  readonly version: number;
}

interface RulesProps {
  readonly agency: Agency;
  readonly found: Told;
  readonly titles: ReadonlyMap<string, string>;
  readonly called: (workflow: string | null | undefined) => string;
  readonly again: (told: Told) => void;
}

function Rules({ agency, found, titles, called, again }: RulesProps) {
  const t = text();
  const saving = useSaving("retention");
  const [rules, setRules] = useState<readonly Rule[]>(() => found.data.rules.map(written));
  const [told, setTold] = useState<"saved" | "faster" | null>(null);
  const own = me.value?.agencies.find(({ id }) => id === agency.id)?.roles ?? [];
  const mayChange = leads(agency) || own.includes("agency-admin");
  const put = (index: number, change: Partial<Rule>) => {
    setTold(null);
    setRules((now) => now.map((rule, at) => (at === index ? { ...rule, ...change } : rule)));
  };
  const take = (after: Told) => {
    again(after);
    setRules(after.data.rules.map(written));
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    setTold(null);
    const path = { agency: agency.slug };
    const body = { rules: rules.map(({ workflow, months, legalRef }) => ({ workflow: workflow === "" ? null : workflow, months: Number(months), legalRef: legalRef.trim() })) };
    const after = await saving.attempt(async () => {
      try {
        return { told: await versioned(api.PUT("/api/v1/agencies/{agency}/retention", { params: { path, header: { "If-Match": `"${String(found.version)}"` } }, body })), how: "saved" as const };
      } catch (refused) {
        if (!isStale(refused)) throw refused;
        return { told: await versioned(api.GET("/api/v1/agencies/{agency}/retention", { params: { path } })), how: "faster" as const };
      }
    }, faultsIn(rules));
    if (after === null) return;
    take(after.told);
    setTold(after.how);
  };
  const options = [["", t.every] as const, ...titles];
  return (
    <>
      <p class="subtle">{t.lead}</p>
      <form class="card stack" onSubmit={submit} noValidate aria-labelledby="own-rules">
        <h2 id="own-rules" class="ds-heading" data-size="xs">
          {t.own}
        </h2>
        {rules.length === 0 ? <p>{t.none}</p> : null}
        {mayChange ? (
          rules.map((rule, index) => (
            <fieldset key={index} class="limit-fields">
              <legend class="visually-hidden">{t.rule(called(rule.workflow))}</legend>
              <div class="pair">
                <Select id={`retention-rules-${String(index)}-workflow`} label={t.workflow} value={rule.workflow} set={(workflow) => put(index, { workflow })} options={options} faults={saving.faults} />
                <TextField id={`retention-rules-${String(index)}-months`} label={t.months} numeric value={rule.months} set={(months) => put(index, { months })} faults={saving.faults} />
                <TextField id={`retention-rules-${String(index)}-legalRef`} label={t.ground} value={rule.legalRef} set={(legalRef) => put(index, { legalRef })} faults={saving.faults} placeholder={t.groundHint} />
              </div>
              <p>
                <button
                  type="button"
                  class="ds-button"
                  data-variant="tertiary"
                  data-size="sm"
                  aria-label={t.removeThis(called(rule.workflow))}
                  onClick={() => {
                    setTold(null);
                    setRules(rules.filter((_, at) => at !== index));
                  }}
                >
                  {t.remove}
                </button>
              </p>
            </fieldset>
          ))
        ) : (
          <Listed rules={found.data.rules} called={called} />
        )}
        {told === null ? null : (
          <Alert color={told === "saved" ? "success" : "warning"} live>
            {told === "saved" ? setup().saved : t.faster}
          </Alert>
        )}
        {mayChange ? (
          <>
            <p>
              <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => setRules([...rules, EMPTY])}>
                {t.add}
              </button>
            </p>
            <Save saving={saving} />
          </>
        ) : (
          <p class="subtle">{t.readOnly}</p>
        )}
      </form>
      <section class="card stack" aria-labelledby="installation-rules">
        <h2 id="installation-rules" class="ds-heading" data-size="xs">
          {t.installation}
        </h2>
        {found.data.installation.length === 0 ? <p>{t.noInstallation}</p> : <Listed rules={found.data.installation} called={called} />}
      </section>
      {leads(agency) ? (
        <p>
          <a class="ds-link" href="/folg-opp/sletting">
            {t.due}
          </a>
        </p>
      ) : null}
    </>
  );
}

function Listed({ rules, called }: { rules: readonly Schemas["RuleBody"][]; called: RulesProps["called"] }) {
  return (
    <ul class="left">
      {rules.map(({ workflow, months, legalRef }) => (
        <li key={workflow ?? ""}>{text().line(called(workflow), String(months), legalRef)}</li>
      ))}
    </ul>
  );
}

function faultsIn(rules: readonly Rule[]): Faults {
  const t = text();
  const found: Record<string, string> = {};
  rules.forEach(({ workflow, months, legalRef }, index) => {
    const id = `retention-rules-${String(index)}`;
    if (!/^[1-9]\d*$/.test(months.trim())) found[`${id}-months`] = t.badMonths;
    if (legalRef.trim() === "") found[`${id}-legalRef`] = t.needGround;
    if (rules.findIndex((rule) => rule.workflow === workflow) < index) found[`${id}-workflow`] = t.twice;
  });
  return found;
}
